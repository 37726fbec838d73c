/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every medium starts: kernel, initrd and command line of an image, and
 * the unified kernel image made of them (UAPI group, UKI specification), which
 * UEFI starts and our BIOS loader reads.
 */
#pragma once

#include "cmd/lib/image/pack.h"
#include "formats/boot/sign.h"
#include "formats/boot/target.h"
#include "formats/disk/extents.h"

/* PAYLOAD_INIT is empty. Extents refer to the image's spool and to packed
 * segments. */
struct payload {
	struct extents kernel, initrd;
	struct extents root;  /* of a disk; empty: it is in the initrd */
	struct extents data;  /* of a disk; empty: there is none */
	char *command_line;   /* owned; without a newline */
	struct image starter; /* in the initrd instead of a root on a disk */
	int root_fd, data_fd; /* owned */
	const struct boot_target
		*target;         /* what starts it; UEFI and BIOS only */
	struct signing *signing; /* borrowed; NULL: nothing is asked for */
	/* Of what names the bytes, not of them: layers and places in them. */
	struct digest kernel_digest, initrd_digest;
	struct digest seed; /* of the first three: for identifiers */
};

#define PAYLOAD_INIT                                                           \
	{                                                                      \
		.starter = { .spool = SPOOL_INIT }, .root_fd = -1,             \
		.data_fd = -1                                                  \
	}

void payload_release(struct payload *payload);

/*
 * Takes them out of the image, the microcode before the initrd. `pack_cache` is
 * as in pack_initrd. FAULT_INPUT when the image has no kernel.
 */
int payload_open(struct payload *payload, struct image *image,
		 const char *pack_cache, struct err *err) MUST_CHECK;

/* A root that has a partition of its own: the name it gets there. */
#define ROOT_PARTITION_NAME "root"
#define ROOT_PARTITION_NUMBER 2

struct payload_root {
	int fd; /* moved into the payload */
	uint64_t start, size_bytes;
	struct digest digest; /* names its content */
	const char *words;    /* for the command line */
	bool mbr;             /* the disk has an MBR, not a GPT */
};

/*
 * The same with a root on a disk, and in the initrd payload->starter, which the
 * caller has filled. The root's words and where it lies are added to the
 * command line.
 */
int payload_open_root(struct payload *payload, struct image *image,
		      struct payload_root *root, const char *pack_cache,
		      struct err *err) MUST_CHECK;

struct uki {
	struct extents program;
	/* Where they are in the program; multiples of 4096. */
	uint64_t kernel_offset, initrd_offset;
};

void uki_release(struct uki *uki);

/*
 * Makes a program of the stub in this file (NULL: the target's own). The
 * payload keeps what it has. FAULT_INPUT when there is no such file, it is no
 * stub for the target, or the whole passes 4 GiB.
 */
int uki_make(struct uki *uki, const struct payload *payload,
	     const char *stub_path, struct err *err) MUST_CHECK;
