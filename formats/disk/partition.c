/* SPDX-License-Identifier: Apache-2.0 */
/* Partition tables. */
#include "formats/disk/partition.h"

#include <isa-l/crc.h>
#include <string.h>

#include "cmd/lib/base/mem.h"
#include "formats/disk/bytes.h"
#include "formats/disk/guid.h"

#define ENTRY_BYTES 128
#define ENTRIES_BYTES ((size_t)GPT_MAX_PARTITIONS * ENTRY_BYTES)
#define HEADER_BYTES 92
#define TYPE_PROTECTIVE 0xee

/* One of the four entries of the MBR. CHS of LBA 1, or "look at the LBA". */
static void put_mbr_entry(uint8_t *sector, size_t index,
			  const struct partition *partition)
{
	bool whole = partition->mbr_type == TYPE_PROTECTIVE;
	uint8_t *entry = sector + 446 + 16 * index;
	uint64_t sectors = partition->sectors;

	entry[0] = partition->active ? 0x80 : 0;
	put_le(entry + 1, whole ? 0x000200 : 0xfffffe, 3);
	entry[4] = partition->mbr_type;
	put_le(entry + 5, whole ? 0xffffff : 0xfffffe, 3);
	put_le32(entry + 8, (uint32_t)partition->start_lba);
	put_le32(entry + 12,
		 sectors > UINT32_MAX ? UINT32_MAX : (uint32_t)sectors);
}

static void start_mbr(uint8_t sector[SECTOR_BYTES],
		      const struct partition_table *table)
{
	memset(sector, 0, SECTOR_BYTES);
	if (table->boot_code)
		memcpy(sector, table->boot_code, BOOT_CODE_BYTES);
	put_le16(sector + 510, 0xaa55);
}

static uint32_t mbr_signature(const struct digest *seed)
{
	return serial_derive(seed, "mbr signature");
}

const char *mbr_partition_uuid(const struct digest *seed, unsigned number,
			       char text[PARTITION_UUID_SIZE])
{
	(void)snprintf(text, PARTITION_UUID_SIZE, "%08x-%02x",
		       mbr_signature(seed), number);
	return text;
}

const char *gpt_partition_uuid(const struct digest *seed, const char *name,
			       char text[PARTITION_UUID_SIZE])
{
	struct guid guid = guid_derive(seed, name);

	return guid_text(&guid, text);
}

void mbr_put(struct extents *disk, const struct partition_table *table)
{
	uint8_t sector[SECTOR_BYTES];

	if (table->count > 4)
		abort();
	start_mbr(sector, table);
	put_le32(sector + BOOT_CODE_BYTES, mbr_signature(&table->seed));
	for (size_t i = 0; i < table->count; i++)
		put_mbr_entry(sector, i, &table->partitions[i]);
	extents_put(disk, 0, sector, sizeof(sector));
}

static void put_protective_mbr(struct extents *disk,
			       const struct partition_table *table)
{
	struct partition whole = {
		.mbr_type = TYPE_PROTECTIVE,
		.start_lba = 1,
		.sectors = disk->size_bytes / SECTOR_BYTES - 1,
	};
	uint8_t sector[SECTOR_BYTES];

	start_mbr(sector, table);
	put_mbr_entry(sector, 0, &whole);
	extents_put(disk, 0, sector, sizeof(sector));
}

/* UEFI 2.10, table 5.7. The name is UTF-16, of which ASCII is a part. */
static void put_gpt_entry(uint8_t *entry, const struct partition *partition,
			  const struct digest *seed)
{
	struct guid type = guid_from_text(partition->type);
	struct guid own;
	size_t length = strlen(partition->name);

	if (length > 36)
		abort();
	own = guid_derive(seed, partition->name);
	memcpy(entry, type.bytes, 16);
	memcpy(entry + 16, own.bytes, 16);
	put_le64(entry + 32, partition->start_lba);
	put_le64(entry + 40, partition->start_lba + partition->sectors - 1);
	put_le64(entry + 48, partition->attributes);
	for (size_t i = 0; i < length; i++)
		put_le16(entry + 56 + 2 * i, (uint8_t)partition->name[i]);
}

/* UEFI 2.10, table 5.5. */
static void put_gpt_header(struct extents *disk, uint64_t own_lba,
			   uint64_t entries_lba, const struct digest *seed,
			   uint32_t entries_crc)
{
	uint64_t sectors = disk->size_bytes / SECTOR_BYTES;
	struct guid guid = guid_derive(seed, "disk");
	uint8_t header[HEADER_BYTES] = "EFI PART";

	put_le32(header + 8, 0x00010000);
	put_le32(header + 12, HEADER_BYTES);
	put_le64(header + 24, own_lba);
	put_le64(header + 32, own_lba == 1 ? sectors - 1 : 1);
	put_le64(header + 40, GPT_FIRST_LBA);
	put_le64(header + 48, sectors - GPT_BACKUP_SECTORS - 1);
	memcpy(header + 56, guid.bytes, 16);
	put_le64(header + 72, entries_lba);
	put_le32(header + 80, GPT_MAX_PARTITIONS);
	put_le32(header + 84, ENTRY_BYTES);
	put_le32(header + 88, entries_crc);
	put_le32(header + 16, crc32_gzip_refl(0, header, HEADER_BYTES));
	extents_put(disk, own_lba * SECTOR_BYTES, header, HEADER_BYTES);
}

void gpt_put(struct extents *disk, const struct partition_table *table)
{
	uint64_t sectors = disk->size_bytes / SECTOR_BYTES;
	uint8_t *entries = xcalloc(1, ENTRIES_BYTES);
	uint32_t crc;

	if (table->count > GPT_MAX_PARTITIONS)
		abort();
	for (size_t i = 0; i < table->count; i++)
		put_gpt_entry(entries + i * ENTRY_BYTES, &table->partitions[i],
			      &table->seed);
	crc = crc32_gzip_refl(0, entries, ENTRIES_BYTES);
	put_protective_mbr(disk, table);
	put_gpt_header(disk, 1, 2, &table->seed, crc);
	put_gpt_header(disk, sectors - 1, sectors - GPT_BACKUP_SECTORS,
		       &table->seed, crc);
	extents_put(disk, (sectors - GPT_BACKUP_SECTORS) * SECTOR_BYTES,
		    entries, ENTRIES_BYTES);
	extents_put_adopt(disk, (uint64_t)2 * SECTOR_BYTES, entries,
			  ENTRIES_BYTES);
}
