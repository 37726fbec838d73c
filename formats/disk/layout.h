/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partitions one behind the other, each with its content, and the disk that
 * holds them. Boot volumes, roots, hash trees and data partitions are all just
 * partitions here.
 */
#pragma once

#include "formats/disk/partition.h"

#define LAYOUT_UNIT_BYTES ((uint64_t)1 << 20)
#define LAYOUT_MAX 16

/* { .next_lba = LAYOUT_FIRST_LBA } is empty. */
struct layout {
	struct partition partitions[LAYOUT_MAX];
	struct extents contents[LAYOUT_MAX]; /* owned */
	size_t count;
	uint64_t next_lba; /* where the next one begins */
};

#define LAYOUT_FIRST_LBA (LAYOUT_UNIT_BYTES / SECTOR_BYTES)

void layout_release(struct layout *layout);

/*
 * Adds a partition. Its content is moved. A start of 0 means the next whole
 * MiB; its sectors are those of the content where they are 0.
 */
void layout_add(struct layout *layout, const struct partition *partition,
		struct extents *content);

enum table_kind { TABLE_MBR, TABLE_GPT };

struct layout_options {
	enum table_kind table;
	const uint8_t *boot_code; /* BOOT_CODE_BYTES, or NULL */
	struct digest seed;
	uint64_t size_bytes; /* of the disk; 0: as it needs */
};

/*
 * Makes the disk, in whole MiB, and moves all contents into it. FAULT_INPUT
 * when they need more than `size_bytes`.
 */
int layout_make(struct extents *disk, struct layout *layout,
		const struct layout_options *options,
		struct err *err) MUST_CHECK;
