/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partition tables: GPT (UEFI 2.10, chapter 5) and the classic one in the MBR
 * (section 5.2.1). Sectors have 512 bytes. Which partitions there are, and in
 * which order, is the caller's; so are their contents.
 */
#pragma once

#include "formats/disk/extents.h"

#define SECTOR_BYTES 512
#define BOOT_CODE_BYTES 440

/* What GPT needs before the first partition and behind the last one. */
#define GPT_FIRST_LBA 34
#define GPT_BACKUP_SECTORS 33
#define GPT_MAX_PARTITIONS 128

#define GPT_TYPE_ESP "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
#define GPT_TYPE_BIOS_BOOT "21686148-6449-6E6F-744E-656564454649"

#define GPT_TYPE_LINUX_DATA "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
/* Discoverable Partitions Specification. */
#define GPT_ATTRIBUTE_READ_ONLY ((uint64_t)1 << 60)
#define GPT_ATTRIBUTE_GROW_FILE_SYSTEM ((uint64_t)1 << 59)

struct partition {
	const char *type;    /* GPT: a GUID, as guid_from_text takes it */
	const char *name;    /* GPT: at most 36 ASCII characters */
	uint64_t attributes; /* GPT: UEFI 2.10, table 5.8 */
	uint8_t mbr_type;    /* MBR: such as 0x0c */
	bool active;         /* MBR: the one to boot from */
	uint64_t start_lba, sectors;
};

struct partition_table {
	const struct partition *partitions; /* borrowed */
	size_t count;
	const uint8_t *boot_code; /* borrowed; BOOT_CODE_BYTES, or NULL */
	struct digest seed;       /* what GUIDs and the signature come from */
};

/* The protective MBR, the table and its backup at the end of the disk. */
void gpt_put(struct extents *disk, const struct partition_table *table);

#define PARTITION_UUID_SIZE 37

/*
 * What the kernel calls a partition (PARTUUID), before there is one: of a GPT
 * by its name, of an MBR by its number from 1. Both return `text`.
 */
const char *gpt_partition_uuid(const struct digest *seed, const char *name,
			       char text[PARTITION_UUID_SIZE]);
const char *mbr_partition_uuid(const struct digest *seed, unsigned number,
			       char text[PARTITION_UUID_SIZE]);

/* Sector 0 with up to four primary partitions. */
void mbr_put(struct extents *disk, const struct partition_table *table);
