/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ISO 9660 images (ECMA-119, level 2 names) with Rock Ridge (SUSP 1.10, RRIP
 * 1.10), which carries names, owners, modes, links and devices, and with
 * El Torito boot entries for BIOS and UEFI (El Torito 1.0; UEFI 2.10, section
 * 13.3.2.1). The first 32 KiB stay free for a partition table.
 *
 * Directories deeper than eight levels stay where they are, as all readers of
 * Rock Ridge take them.
 */
#pragma once

#include "cmd/lib/base/err.h"
#include "formats/disk/extents.h"

#define ISO_SECTOR 2048
#define ISO_NONE SIZE_MAX

/* A name. The first node is the root; parents come before their children. */
struct iso_node {
	const char *name; /* borrowed; at most 255 bytes */
	size_t parent;    /* index; the root is its own */
	unsigned mode;    /* with the type, as in POSIX: 0100644 */
	uint32_t links, uid, gid;
	int64_t mtime;
	uint32_t rdev_major, rdev_minor;
	const char *target;     /* of a symbolic link; borrowed */
	struct extents content; /* of a file; moved into the image */
	size_t same_as; /* ISO_NONE, or whose content it shares: it then has a
			   size, and no extents */
	uint64_t alignment; /* of the content; 0: a sector */
	uint64_t offset;    /* set by iso_plan: where the content lies */
	/* internal */
	char id[40];
	size_t number, first_child, child_count;
	uint64_t directory_bytes;
};

struct iso {
	struct iso_node *nodes; /* borrowed */
	size_t count;
	const char *volume_id;      /* at most 32 characters */
	size_t bios_boot, efi_boot; /* nodes to start from, or ISO_NONE */
	/* internal */
	size_t *order;       /* owned; children of each directory, in order */
	size_t *directories; /* owned; breadth first */
	size_t directory_count;
	uint64_t path_table_bytes, continued_bytes;
	uint64_t continued_offset, end_offset;
	uint64_t path_tables_offset, catalog_offset;
};

void iso_release(struct iso *iso);

/*
 * Decides where everything lies, by the sizes of the contents. What is in a
 * content may still be put, once the offsets are known. FAULT_INPUT for a file
 * of 4 GiB and for more directories than 16 bits count.
 */
int iso_plan(struct iso *iso, struct err *err) MUST_CHECK;

/* Makes the image, whose size is a multiple of ISO_SECTOR. */
void iso_make(struct extents *image, struct iso *iso);
