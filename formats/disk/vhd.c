/* SPDX-License-Identifier: Apache-2.0 */
/* Writing VHD. All numbers have the highest byte first. */
#include "formats/disk/vhd.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "formats/disk/blocks.h"
#include "formats/disk/bytes.h"
#include "formats/disk/guid.h"

#define SECTOR 512U
#define FOOTER_BYTES 512
#define HEADER_BYTES 1024
#define BLOCK_BYTES ((uint64_t)2 << 20)
#define BAT_OFFSET (FOOTER_BYTES + HEADER_BYTES)
#define PAGE 4096U
#define BYTES_MAX ((uint64_t)2040 << 30)
#define NOT_THERE 0xffffffffU

enum type { TYPE_FIXED = 2, TYPE_DYNAMIC = 3 };

/* Cylinders, heads and sectors as the specification's appendix computes them.
 */
static uint32_t geometry(uint64_t sectors)
{
	uint64_t tracks, cylinders;
	uint32_t heads = 16;
	uint32_t per_track = 255;

	if (sectors > (uint64_t)65535 * 16 * 255)
		sectors = (uint64_t)65535 * 16 * 255;
	tracks = sectors / per_track;
	if (sectors < (uint64_t)65535 * 16 * 63) {
		per_track = 17;
		tracks = sectors / per_track;
		heads = (uint32_t)((tracks + 1023) / 1024);
		if (heads < 4)
			heads = 4;
		if (tracks >= (uint64_t)heads * 1024 || heads > 16) {
			per_track = 31;
			heads = 16;
			tracks = sectors / per_track;
		}
		if (tracks >= (uint64_t)heads * 1024) {
			per_track = 63;
			tracks = sectors / per_track;
		}
	}
	cylinders = tracks / heads;
	return (uint32_t)cylinders << 16 | heads << 8 | per_track;
}

/* Of all bytes, with the field itself being zero. */
static void put_checksum(uint8_t *bytes, size_t size, size_t offset)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += bytes[i];
	put_be32(bytes + offset, ~sum);
}

/* The time of creation stays zero, which is the first of January 2000. */
static int make_footer(uint8_t footer[FOOTER_BYTES], const struct extents *disk,
		       enum type type, struct err *err)
{
	struct digest digest;
	struct guid id;

	if (disk->size_bytes % SECTOR != 0 || disk->size_bytes > BYTES_MAX)
		return err_set(
			err, FAULT_INPUT,
			"a VHD has at most 2040 GiB; this disk has %llu bytes",
			(unsigned long long)disk->size_bytes);
	if (extents_digest(disk, &digest, err) < 0)
		return -1;
	id = guid_derive(&digest, "vhd");
	memset(footer, 0, FOOTER_BYTES);
	put_text(footer, "conectix");
	put_be32(footer + 8, 2); /* a bit that is always set */
	put_be32(footer + 12, 0x10000);
	put_be64(footer + 16, type == TYPE_FIXED ? UINT64_MAX : FOOTER_BYTES);
	/* QEMU takes the size from the geometry of what others made. */
	put_text(footer + 28, "win ");
	put_be32(footer + 32, 0x60001);
	put_text(footer + 36, "Wi2k");
	put_be64(footer + 40, disk->size_bytes);
	put_be64(footer + 48, disk->size_bytes);
	put_be32(footer + 56, geometry(disk->size_bytes / SECTOR));
	put_be32(footer + 60, type);
	memcpy(footer + 68, id.bytes, sizeof(id.bytes));
	put_checksum(footer, FOOTER_BYTES, 64);
	return 0;
}

int vhd_write_fixed(const struct extents *disk, int fd, const char *name,
		    struct err *err)
{
	uint8_t footer[FOOTER_BYTES];
	SCOPED(extents) whole = { 0 };

	if (make_footer(footer, disk, TYPE_FIXED, err) < 0)
		return -1;
	extents_copy(&whole, disk);
	whole.size_bytes += sizeof(footer);
	extents_put(&whole, disk->size_bytes, footer, sizeof(footer));
	return extents_write(&whole, fd, name, err);
}

static void make_header(uint8_t header[HEADER_BYTES], uint64_t blocks)
{
	memset(header, 0, HEADER_BYTES);
	put_text(header, "cxsparse");
	put_be64(header + 8, UINT64_MAX);
	put_be64(header + 16, BAT_OFFSET);
	put_be32(header + 24, 0x10000);
	put_be32(header + 28, (uint32_t)blocks);
	put_be32(header + 32, (uint32_t)BLOCK_BYTES);
	put_checksum(header, HEADER_BYTES, 36);
}

/* A block is behind its bitmap of one sector, and itself at a whole page. */
static uint64_t first_bitmap(const struct blocks *blocks)
{
	uint64_t end = BAT_OFFSET + blocks->count * 4;

	return round_up(end + SECTOR, PAGE) - SECTOR;
}

static int write_tables(const struct blocks *blocks, const uint8_t *footer,
			struct writer *to, struct err *err)
{
	uint64_t start = first_bitmap(blocks);
	uint64_t next = start / SECTOR;
	uint64_t bat_bytes = blocks->count * 4;
	uint8_t header[HEADER_BYTES];
	SCOPED_FREE uint8_t *bat = xmalloc(bat_bytes + 1);

	make_header(header, blocks->count);
	for (uint64_t i = 0; i < blocks->count; i++) {
		bool used = blocks_is_used(blocks, i);

		put_be32(bat + i * 4, used ? (uint32_t)next : NOT_THERE);
		/* So that each block begins at a page. */
		next += used ? (BLOCK_BYTES + PAGE) / SECTOR : 0;
	}
	if (writer_write(to, footer, FOOTER_BYTES, err) < 0 ||
	    writer_write(to, header, sizeof(header), err) < 0 ||
	    writer_write(to, bat, bat_bytes, err) < 0)
		return -1;
	return writer_zeros(to, start - BAT_OFFSET - bat_bytes, err);
}

static int write_blocks(const struct blocks *blocks, struct writer *to,
			struct err *err)
{
	uint8_t bitmap[SECTOR];
	uint64_t written = 0;

	memset(bitmap, 0xff, sizeof(bitmap));
	for (uint64_t i = 0; i < blocks->count; i++) {
		if (!blocks_is_used(blocks, i))
			continue;
		if (writer_write(to, bitmap, sizeof(bitmap), err) < 0 ||
		    blocks_write(blocks, i, to, err) < 0)
			return -1;
		/* Up to the next bitmap; the footer follows the last. */
		if (++written < blocks->used_count &&
		    writer_zeros(to, PAGE - SECTOR, err) < 0)
			return -1;
	}
	return 0;
}

int vhd_write_dynamic(const struct extents *disk, int fd, const char *name,
		      struct err *err)
{
	SCOPED_WRITER struct writer *to = writer_to_fd(fd, name);
	SCOPED(blocks) blocks = { .disk = disk, .block_bytes = BLOCK_BYTES };
	uint8_t footer[FOOTER_BYTES];

	if (make_footer(footer, disk, TYPE_DYNAMIC, err) < 0 ||
	    blocks_find(&blocks, err) < 0 ||
	    write_tables(&blocks, footer, to, err) < 0 ||
	    write_blocks(&blocks, to, err) < 0)
		return -1;
	return writer_write(to, footer, sizeof(footer), err);
}
