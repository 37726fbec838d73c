/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a disk's last partition reach to its end, in the table's bytes. Pure:
 * no system calls. Sectors have 512 bytes, as on all disks that kitbuild makes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GROW_SECTOR 512
#define GROW_ENTRIES_MAX ((size_t)32 << 10)

/* A GPT (UEFI 2.10, section 5.3) as it is on the disk. */
struct gpt_table {
	uint8_t *header;  /* one sector */
	uint8_t *entries; /* what gpt_entries_bytes says */
	uint64_t disk_sectors;
	unsigned number; /* the partition that grows, from 1 */
};

/* What was found; sectors. */
struct grown {
	uint64_t start, sectors; /* of the partition, as it is then */
	uint64_t backup_entries; /* where the copy of a GPT's entries goes */
};

/*
 * How long the array of entries is that a header tells of, in whole sectors; 0
 * when it is no valid header of a first table, or too long for us.
 */
size_t gpt_entries_bytes(const uint8_t *header);

/*
 * Changes header and entries so that the partition ends where the disk's last
 * whole MiB does. False, and nothing is changed, when the table is damaged, the
 * partition is not the last one, or there is no room to gain.
 */
bool gpt_grow(const struct gpt_table *table, struct grown *grown);

/* Makes a copy of the first header into that of the backup at the end. */
void gpt_backup_header(uint8_t *header, const struct grown *grown);

/* The same for the first sector of a disk with an MBR. */
bool mbr_grow(uint8_t *sector, uint64_t disk_sectors, unsigned number,
	      struct grown *grown);
