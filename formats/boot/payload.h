/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every medium starts: kernel, initrd and command line of an image, and
 * the unified kernel image made of them (UAPI group, UKI specification), which
 * UEFI starts and our BIOS loader reads.
 */
#pragma once

#include "cmd/lib/image/image.h"
#include "formats/disk/extents.h"

/* { .initrd_fd = -1 } is empty. Extents refer to the image's spool. */
struct payload {
	struct extents kernel, initrd;
	char *command_line; /* owned; without a newline */
	int initrd_fd;      /* owned */
	struct digest seed; /* of all three: what identifiers come from */
};

void payload_release(struct payload *payload);

/*
 * Takes them out of the image, the microcode before the initrd. `pack_cache` is
 * as in pack_initrd. FAULT_INPUT when the image has no kernel.
 */
int payload_open(struct payload *payload, struct image *image,
		 const char *pack_cache, struct err *err) MUST_CHECK;

struct uki {
	struct extents program;
	/* Where they are in the program; multiples of 4096. */
	uint64_t kernel_offset, initrd_offset;
};

#define UKI_DEFAULT_STUB "/usr/lib/systemd/boot/efi/linuxx64.efi.stub"

void uki_release(struct uki *uki);

/*
 * Makes a program of the stub in this file. The payload keeps what it has.
 * FAULT_INPUT when there is no such file, it is no stub for amd64, or the whole
 * passes 4 GiB.
 */
int uki_make(struct uki *uki, const struct payload *payload,
	     const char *stub_path, struct err *err) MUST_CHECK;
