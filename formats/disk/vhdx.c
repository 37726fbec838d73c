/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing VHDX. All numbers have the lowest byte first. The first four MiB and
 * more are identifier, headers, region tables, an empty log, metadata and the
 * block allocation table; then come the blocks.
 */
#include "formats/disk/vhdx.h"

#include <string.h>

#include <isa-l/crc.h>

#include "cmd/lib/base/mem.h"
#include "formats/disk/blocks.h"
#include "formats/disk/bytes.h"
#include "formats/disk/guid.h"

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define BLOCK_BYTES MIB
#define BYTES_MAX ((uint64_t)64 << 40)
#define HEADER_BYTES 4096
#define REGIONS_BYTES (64 * KIB)
#define LOG_OFFSET MIB
#define METADATA_OFFSET (2 * MIB)
#define ITEMS_OFFSET 65536U /* in the metadata region */
#define BAT_OFFSET (3 * MIB)
#define CHUNK_RATIO 4096 /* blocks for which there is one bitmap */
#define SECTOR 512
#define BLOCK_IS_THERE 6U

/* Both must be understood; the second is about the disk, not the file. */
enum item_flags { IS_REQUIRED = 4, OF_THE_DISK = 6 };

/* CRC-32C of a structure whose own field for it is zero. */
static void put_checksum(uint8_t *bytes, size_t size)
{
	put_le32(bytes + 4, ~crc32_iscsi(bytes, (int)size, UINT32_MAX));
}

static void put_guid(uint8_t *to, struct guid id)
{
	memcpy(to, id.bytes, sizeof(id.bytes));
}

static void put_identifier(struct extents *file)
{
	static const char creator[] = "kitbuild";
	uint8_t bytes[8 + 2 * sizeof(creator)] = { 0 };

	put_text(bytes, "vhdxfile");
	for (size_t i = 0; creator[i]; i++)
		bytes[8 + 2 * i] = (uint8_t)creator[i];
	extents_put(file, 0, bytes, sizeof(bytes));
}

static void put_header(struct extents *file, uint64_t offset, uint64_t number,
		       const struct digest *digest)
{
	uint8_t header[HEADER_BYTES] = { 0 };

	put_text(header, "head");
	put_le64(header + 8, number);
	put_guid(header + 16, guid_derive(digest, "vhdx file"));
	put_guid(header + 32, guid_derive(digest, "vhdx data"));
	put_le16(header + 66, 1);
	put_le32(header + 68, MIB);
	put_le64(header + 72, LOG_OFFSET);
	put_checksum(header, sizeof(header));
	extents_put(file, offset, header, sizeof(header));
}

static void put_region(uint8_t *entry, const char *type, uint64_t offset,
		       uint64_t length)
{
	put_guid(entry, guid_from_text(type));
	put_le64(entry + 16, offset);
	put_le32(entry + 24, (uint32_t)length);
	put_le32(entry + 28, 1); /* whoever does not know it must not open */
}

static void put_regions(struct extents *file, uint64_t bat_bytes)
{
	SCOPED_FREE uint8_t *table = xcalloc(1, REGIONS_BYTES);

	put_text(table, "regi");
	put_le32(table + 8, 2);
	put_region(table + 16, "2DC27766-F623-4200-9D64-115E9BFD4A08",
		   BAT_OFFSET, bat_bytes);
	put_region(table + 48, "8B7CA206-4790-4B9A-B8FE-575F050F886E",
		   METADATA_OFFSET, MIB);
	put_checksum(table, REGIONS_BYTES);
	extents_put(file, 192 * KIB, table, REGIONS_BYTES);
	extents_put(file, 256 * KIB, table, REGIONS_BYTES);
}

static void put_metadata(struct extents *file, uint64_t disk_bytes,
			 const struct digest *digest)
{
	static const struct {
		const char *type;
		uint32_t size;
		uint32_t flags;
	} items[] = {
		/* File parameters, size, page 83 data, sectors: logical and
		 * physical. */
		{ "CAA16737-FA36-4D43-B3B6-33F0AA44E76B", 8, IS_REQUIRED },
		{ "2FA54224-CD1B-4876-B211-5DBED83BF4B8", 8, OF_THE_DISK },
		{ "BECA12AB-B2E6-4523-93EF-C309E000C746", 16, OF_THE_DISK },
		{ "8141BF1D-A96F-4709-BA47-F233A8FAAB5F", 4, OF_THE_DISK },
		{ "CDA348C7-445D-4471-9CC9-E9885251C556", 4, OF_THE_DISK },
	};
	uint8_t values[ARRAY_LEN(items)][16] = { { 0 } };
	uint8_t table[32 * (1 + ARRAY_LEN(items))] = { 0 };

	put_le32(values[0], BLOCK_BYTES);
	put_le64(values[1], disk_bytes);
	put_guid(values[2], guid_derive(digest, "vhdx"));
	put_le32(values[3], SECTOR);
	put_le32(values[4], SECTOR);
	put_text(table, "metadata");
	put_le16(table + 10, ARRAY_LEN(items));
	for (size_t i = 0; i < ARRAY_LEN(items); i++) {
		uint8_t *entry = table + 32 * (i + 1);

		put_guid(entry, guid_from_text(items[i].type));
		put_le32(entry + 16, (uint32_t)(ITEMS_OFFSET + 16 * i));
		put_le32(entry + 20, items[i].size);
		put_le32(entry + 24, items[i].flags);
	}
	extents_put(file, METADATA_OFFSET, table, sizeof(table));
	extents_put(file, METADATA_OFFSET + ITEMS_OFFSET, values,
		    sizeof(values));
}

/* Behind each chunk of blocks is the entry of a bitmap, which none has. */
static uint64_t bat_place(uint64_t block)
{
	return block + block / CHUNK_RATIO;
}

/* Where the blocks are; those of zeros have no entry. */
static void put_bat(struct extents *file, const struct blocks *blocks,
		    uint64_t data_offset)
{
	uint64_t size = 8 * bat_place(blocks->count);
	uint8_t *bat = xcalloc(1, size + 1);
	uint64_t next = data_offset;

	for (uint64_t i = 0; i < blocks->count; i++) {
		if (!blocks_is_used(blocks, i))
			continue;
		put_le64(bat + 8 * bat_place(i), next | BLOCK_IS_THERE);
		next += BLOCK_BYTES;
	}
	extents_put_adopt(file, BAT_OFFSET, bat, size);
}

static int write_front(const struct blocks *blocks, int fd, const char *name,
		       struct err *err)
{
	uint64_t bat_bytes = round_up(8 * bat_place(blocks->count) + 8, MIB);
	SCOPED(extents) file = { .size_bytes = BAT_OFFSET + bat_bytes };
	SCOPED_WRITER struct writer *to = writer_to_fd(fd, name);
	SCOPED_READER struct reader *reader = NULL;
	SCOPED_FREE char *chunk = xmalloc(REGIONS_BYTES);
	struct digest digest;
	size_t got;

	if (extents_digest(blocks->disk, &digest, err) < 0)
		return -1;
	put_identifier(&file);
	put_header(&file, 64 * KIB, 0, &digest);
	put_header(&file, 128 * KIB, 1, &digest);
	put_regions(&file, bat_bytes);
	put_metadata(&file, blocks->disk->size_bytes, &digest);
	put_bat(&file, blocks, file.size_bytes);
	reader = extents_reader(&file);
	do {
		if (reader_read(reader, chunk, REGIONS_BYTES, &got, err) < 0 ||
		    writer_write(to, chunk, got, err) < 0)
			return -1;
	} while (got > 0);
	return 0;
}

int vhdx_write(const struct extents *disk, int fd, const char *name,
	       struct err *err)
{
	SCOPED(blocks) blocks = { .disk = disk, .block_bytes = BLOCK_BYTES };

	if (disk->size_bytes > BYTES_MAX)
		return err_set(
			err, FAULT_INPUT,
			"a VHDX has at most 64 TiB; this disk has %llu bytes",
			(unsigned long long)disk->size_bytes);
	if (blocks_find(&blocks, err) < 0 ||
	    write_front(&blocks, fd, name, err) < 0)
		return -1;
	return blocks_write_used(&blocks, fd, name, err);
}
