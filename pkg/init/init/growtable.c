/* SPDX-License-Identifier: Apache-2.0 */
/* The arithmetic of growing a partition. */
#include "pkg/init/init/growtable.h"

#include <string.h>

#define HEADER_MIN 92
#define ENTRY_MIN 128
#define ENTRY_MAX 4096
#define MIB_SECTORS 2048
#define MBR_ENTRIES 4
#define MBR_FIRST 446
#define MBR_ENTRY 16

static uint64_t get(const uint8_t *from, size_t size)
{
	uint64_t value = 0;

	while (size-- > 0)
		value = value << 8 | from[size];
	return value;
}

static void put(uint8_t *to, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

/* CRC-32 as UEFI has it; a table is too small to make it worth a table. */
static uint32_t crc32(const uint8_t *data, size_t size)
{
	uint32_t crc = ~(uint32_t)0;

	for (size_t i = 0; i < size; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static uint32_t header_crc(const uint8_t *header)
{
	uint8_t copy[GROW_SECTOR];

	memcpy(copy, header, sizeof(copy));
	put(copy + 16, 0, 4);
	return crc32(copy, (size_t)get(header + 12, 4));
}

static uint64_t entry_count(const uint8_t *header)
{
	return get(header + 80, 4);
}

static size_t entry_bytes(const uint8_t *header)
{
	return (size_t)get(header + 84, 4);
}

size_t gpt_entries_bytes(const uint8_t *header)
{
	uint64_t size = get(header + 12, 4);
	uint64_t bytes;

	if (memcmp(header, "EFI PART", 8) != 0 || size < HEADER_MIN ||
	    size > GROW_SECTOR || get(header + 16, 4) != header_crc(header) ||
	    get(header + 24, 8) != 1 || get(header + 72, 8) != 2 ||
	    entry_bytes(header) < ENTRY_MIN ||
	    entry_bytes(header) > ENTRY_MAX || entry_count(header) == 0 ||
	    entry_count(header) > GROW_ENTRIES_MAX / ENTRY_MIN)
		return 0;
	bytes = entry_count(header) * entry_bytes(header);
	bytes = (bytes + GROW_SECTOR - 1) / GROW_SECTOR * GROW_SECTOR;
	return bytes > GROW_ENTRIES_MAX ? 0 : (size_t)bytes;
}

static uint64_t last_lba(const uint8_t *entry)
{
	return get(entry + 40, 8);
}

static bool is_last(const struct gpt_table *table, const uint8_t *own)
{
	static const uint8_t unused[16];
	size_t step = entry_bytes(table->header);

	for (uint64_t i = 0; i < entry_count(table->header); i++) {
		const uint8_t *entry = table->entries + i * step;

		if (entry != own &&
		    memcmp(entry, unused, sizeof(unused)) != 0 &&
		    last_lba(entry) >= get(own + 32, 8))
			return false;
	}
	return true;
}

static void seal(uint8_t *header)
{
	put(header + 16, header_crc(header), 4);
}

bool gpt_grow(const struct gpt_table *table, struct grown *grown)
{
	uint8_t *header = table->header;
	size_t bytes = gpt_entries_bytes(header);
	size_t used = (size_t)entry_count(header) * entry_bytes(header);
	uint64_t behind = bytes / GROW_SECTOR + 1; /* what the backup needs */
	uint64_t end;
	uint8_t *own;

	if (bytes == 0 || table->number == 0 ||
	    table->number > entry_count(header) ||
	    table->disk_sectors < behind + MIB_SECTORS ||
	    crc32(table->entries, used) != get(header + 88, 4))
		return false;
	own = table->entries + (table->number - 1) * entry_bytes(header);
	end = (table->disk_sectors - behind) / MIB_SECTORS * MIB_SECTORS;
	grown->start = get(own + 32, 8);
	if (grown->start < get(header + 40, 8) || !is_last(table, own) ||
	    end <= last_lba(own) + 1)
		return false;
	grown->sectors = end - grown->start;
	grown->backup_entries = table->disk_sectors - behind;
	put(own + 40, end - 1, 8);
	put(header + 32, table->disk_sectors - 1, 8);
	put(header + 48, grown->backup_entries - 1, 8);
	put(header + 88, crc32(table->entries, used), 4);
	seal(header);
	return true;
}

void gpt_backup_header(uint8_t *header, const struct grown *grown)
{
	uint64_t own = get(header + 32, 8);

	put(header + 24, own, 8);
	put(header + 32, 1, 8);
	put(header + 72, grown->backup_entries, 8);
	seal(header);
}

static uint8_t *mbr_entry(uint8_t *sector, unsigned index)
{
	return sector + MBR_FIRST + (size_t)index * MBR_ENTRY;
}

bool mbr_grow(uint8_t *sector, uint64_t disk_sectors, unsigned number,
	      struct grown *grown)
{
	uint64_t end = disk_sectors / MIB_SECTORS * MIB_SECTORS;
	uint8_t *own = mbr_entry(sector, number - 1);

	if (number == 0 || number > MBR_ENTRIES || sector[510] != 0x55 ||
	    sector[511] != 0xaa)
		return false;
	/* Sector numbers have 32 bits here. */
	if (end > UINT32_MAX)
		end = UINT32_MAX / MIB_SECTORS * MIB_SECTORS;
	grown->start = get(own + 8, 4);
	for (unsigned i = 0; i < MBR_ENTRIES; i++) {
		const uint8_t *entry = mbr_entry(sector, i);

		if (entry != own && entry[4] != 0 &&
		    get(entry + 8, 4) + get(entry + 12, 4) > grown->start)
			return false;
	}
	if (own[4] == 0 || own[4] == 0xee ||
	    end <= grown->start + get(own + 12, 4))
		return false;
	grown->sectors = end - grown->start;
	put(own + 12, grown->sectors, 4);
	return true;
}
