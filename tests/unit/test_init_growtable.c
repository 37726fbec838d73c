/* SPDX-License-Identifier: Apache-2.0 */
/* A table that the machine grew is the table that the builder would have made
 * for the larger disk. */
/* clang-format off */
/* links: pkg/init/init/growtable.c formats/disk/partition.c formats/disk/extents.c formats/disk/guid.c cmd/lib/base/sha256.c cmd/lib/base/fd.c cmd/lib/base/err.c cmd/lib/base/mem.c cmd/lib/base/stream.c cmd/lib/base/buf.c -lcrypto -lisal */
/* clang-format on */

#include <stdint.h>
#include <string.h>

#include "formats/disk/partition.h"
#include "pkg/init/init/growtable.h"
#include "tests/unit/unit.h"

#define MIB_SECTORS ((uint64_t)2048)
#define ENTRIES_BYTES ((size_t)16384)

/* What is at both ends of a disk with a boot partition and one for data. */
struct ends {
	uint8_t mbr[512], header[512], entries[ENTRIES_BYTES];
	uint8_t backup_entries[ENTRIES_BYTES], backup_header[512];
};

static void make_disk(struct ends *ends, uint64_t mib, uint64_t data_mib,
		      bool gpt)
{
	struct partition partitions[] = {
		{ .type = GPT_TYPE_ESP,
		  .name = "EFI System",
		  .mbr_type = 0x0c,
		  .start_lba = MIB_SECTORS,
		  .sectors = 4 * MIB_SECTORS },
		{ .type = GPT_TYPE_LINUX_DATA,
		  .name = "data",
		  .mbr_type = 0x83,
		  .start_lba = 5 * MIB_SECTORS,
		  .sectors = data_mib * MIB_SECTORS },
	};
	struct partition_table table = { .partitions = partitions, .count = 2 };
	struct extents disk = { .size_bytes = mib << 20 };
	uint64_t end = disk.size_bytes;
	struct err err = { 0 };
	int status;

	if (gpt)
		gpt_put(&disk, &table);
	else
		mbr_put(&disk, &table);
	status = extents_read(&disk, 0, ends->mbr, 512, &err);
	status |= extents_read(&disk, 512, ends->header, 512, &err);
	status |= extents_read(&disk, 1024, ends->entries, ENTRIES_BYTES, &err);
	status |= extents_read(&disk, end - 512 - ENTRIES_BYTES,
			       ends->backup_entries, ENTRIES_BYTES, &err);
	status |=
		extents_read(&disk, end - 512, ends->backup_header, 512, &err);
	CHECK_INT(status, 0);
	extents_release(&disk);
}

static struct gpt_table table_of(struct ends *ends, uint64_t mib,
				 unsigned number)
{
	return (struct gpt_table){ ends->header, ends->entries,
				   mib * MIB_SECTORS, number };
}

TEST(a_grown_gpt_is_the_one_of_the_larger_disk)
{
	static struct ends small, large;
	struct gpt_table table = table_of(&small, 100, 2);
	struct grown grown;

	make_disk(&small, 22, 16, true);
	make_disk(&large, 100, 94, true);
	CHECK_INT(gpt_entries_bytes(small.header), ENTRIES_BYTES);
	CHECK(gpt_grow(&table, &grown));
	CHECK_INT(grown.start, 5 * MIB_SECTORS);
	CHECK_INT(grown.sectors, 94 * MIB_SECTORS);
	CHECK_INT(grown.backup_entries, 100 * MIB_SECTORS - 33);
	CHECK(memcmp(small.header, large.header, 512) == 0);
	CHECK(memcmp(small.entries, large.entries, ENTRIES_BYTES) == 0);
	gpt_backup_header(small.header, &grown);
	CHECK(memcmp(small.header, large.backup_header, 512) == 0);
}

TEST(a_partition_that_reaches_the_end_stays_as_it_is)
{
	static struct ends ends, before;
	struct gpt_table table = table_of(&ends, 22, 2);
	struct grown grown;

	make_disk(&ends, 22, 16, true);
	before = ends;
	CHECK(!gpt_grow(&table, &grown));
	table.disk_sectors += 32; /* not a whole MiB for the partition */
	CHECK(!gpt_grow(&table, &grown));
	CHECK(memcmp(&ends, &before, sizeof(ends)) == 0);
}

TEST(only_the_last_partition_grows)
{
	static struct ends ends;
	struct gpt_table table = table_of(&ends, 100, 1);
	struct grown grown;

	make_disk(&ends, 22, 16, true);
	CHECK(!gpt_grow(&table, &grown));
	table.number = 0;
	CHECK(!gpt_grow(&table, &grown));
	table.number = 129;
	CHECK(!gpt_grow(&table, &grown));
	CHECK(!mbr_grow(ends.mbr, 100 * MIB_SECTORS, 1, &grown));
	make_disk(&ends, 22, 16, false);
	CHECK(!mbr_grow(ends.mbr, 100 * MIB_SECTORS, 1, &grown));
	CHECK(!mbr_grow(ends.mbr, 100 * MIB_SECTORS, 3, &grown));
	CHECK(!mbr_grow(ends.mbr, 100 * MIB_SECTORS, 5, &grown));
}

TEST(a_damaged_table_is_left_alone)
{
	static struct ends ends;
	struct gpt_table table = table_of(&ends, 100, 2);
	struct grown grown;

	make_disk(&ends, 22, 16, true);
	ends.entries[200] ^= 1;
	CHECK(!gpt_grow(&table, &grown));
	make_disk(&ends, 22, 16, true);
	ends.header[40] ^= 1;
	CHECK(!gpt_grow(&table, &grown));
	CHECK_INT(gpt_entries_bytes(ends.header), 0);
	/* The backup is no first table, though it is valid. */
	make_disk(&ends, 22, 16, true);
	CHECK_INT(gpt_entries_bytes(ends.backup_header), 0);
}

TEST(a_grown_mbr_is_the_one_of_the_larger_disk)
{
	static struct ends small, large;
	struct grown grown;

	make_disk(&small, 21, 16, false);
	make_disk(&large, 100, 95, false);
	CHECK(mbr_grow(small.mbr, 100 * MIB_SECTORS + 7, 2, &grown));
	CHECK_INT(grown.sectors, 95 * MIB_SECTORS);
	CHECK(memcmp(small.mbr, large.mbr, 512) == 0);
	CHECK(!mbr_grow(small.mbr, 100 * MIB_SECTORS + 7, 2, &grown));
	/* 32 bits are all there is for a sector's number. */
	CHECK(mbr_grow(small.mbr, (uint64_t)1 << 40, 2, &grown));
	CHECK(grown.start + grown.sectors <= UINT32_MAX);
}
