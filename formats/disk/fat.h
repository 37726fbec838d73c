/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FAT16 and FAT32 volumes (Microsoft's FAT specification, version 1.03; UEFI
 * 2.10, section 13.3) of a few files, each in one piece, so that a boot loader
 * can be told where it lies.
 *
 * The number of clusters alone decides the type, and readers disagree near the
 * limits: volumes below 34 MiB are FAT16 with 4200 to 65000 clusters, larger
 * ones FAT32 with more than 65600. Files begin at multiples of 4096 bytes in
 * the volume, which suits media with blocks of 512, 2048 and 4096 bytes.
 */
#pragma once

#include "cmd/lib/base/err.h"
#include "formats/disk/extents.h"

/* The smallest volume, and the smallest with FAT32, which some firmware wants.
 */
#define FAT_MIN_BYTES ((uint64_t)3 << 20)
#define FAT32_MIN_BYTES ((uint64_t)34 << 20)

struct fat_file {
	/* "EFI/BOOT/BOOTX64.EFI": components of at most 8.3 characters, each of
	 * the two parts in one case; directories come into being. */
	const char *path;
	struct extents content; /* moved into the volume */
	uint64_t offset;        /* set: where the content lies in the volume */
};

struct fat {
	struct fat_file *files; /* borrowed */
	size_t count;
	const char *label;   /* at most 11 characters, upper case */
	uint64_t start_lba;  /* of the volume on its disk */
	struct digest seed;  /* what the serial number comes from */
	uint64_t size_bytes; /* of the volume; see fat_fit */
};

/*
 * The smallest size for the files, in MiB, that is at least `min_bytes`.
 * FAULT_INPUT for a file that FAT cannot hold (4 GiB).
 */
int fat_fit(struct fat *fat, uint64_t min_bytes, struct err *err) MUST_CHECK;

/* Makes the volume, of fat->size_bytes. FAULT_INPUT when that is too small. */
int fat_make(struct extents *volume, struct fat *fat,
	     struct err *err) MUST_CHECK;
