/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing stream-optimized VMDK. All numbers have the lowest byte first, all
 * places are in sectors. Header, descriptor, grains, behind each 512 of them
 * their table, the directory of the tables, the footer, the end.
 */
#include "formats/disk/vmdk.h"

#include <string.h>

#include <libdeflate.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/mem.h"
#include "formats/disk/blocks.h"
#include "formats/disk/bytes.h"
#include "formats/disk/guid.h"

#define SECTOR 512U
#define GRAIN_BYTES 65536U
#define GRAIN_SECTORS (GRAIN_BYTES / SECTOR)
#define TABLE_GRAINS 512U
#define TABLE_BYTES (4U * TABLE_GRAINS)
#define DESCRIPTOR_SECTORS 20U
#define OVERHEAD_SECTORS 128U
#define BYTES_MAX ((uint64_t)62 << 40)
#define LEVEL 1

enum marker { MARKER_END, MARKER_TABLE, MARKER_DIRECTORY, MARKER_FOOTER };

struct file {
	struct writer *to; /* all borrowed */
	struct libdeflate_compressor *deflate;
	uint8_t *packed; /* a grain and what is before it */
	size_t packed_bytes;
	uint8_t *directory; /* a number for each table */
	uint64_t tables;
	uint64_t sector; /* the next one */
	struct blocks blocks;
};

static void file_release(struct file *file)
{
	libdeflate_free_compressor(file->deflate);
	free(file->packed);
	free(file->directory);
	blocks_release(&file->blocks);
	writer_close(file->to);
}

static int write_sectors(struct file *file, const void *data, size_t size,
			 struct err *err)
{
	size_t rest = (size_t)(round_up(size, SECTOR) - size);

	file->sector += (size + rest) / SECTOR;
	if (writer_write(file->to, data, size, err) < 0)
		return -1;
	return writer_zeros(file->to, rest, err);
}

/* `directory` is not known yet in the header, and is in the footer. */
static int write_header(struct file *file, uint64_t directory, struct err *err)
{
	uint8_t header[SECTOR] = "KDMV";

	put_le32(header + 4, 3);
	/* The lines' ends can be checked; compressed grains, with markers. */
	put_le32(header + 8, 0x30001);
	put_le64(header + 12, file->blocks.disk->size_bytes / SECTOR);
	put_le64(header + 20, GRAIN_SECTORS);
	put_le64(header + 28, 1);
	put_le64(header + 36, DESCRIPTOR_SECTORS);
	put_le32(header + 44, TABLE_GRAINS);
	put_le64(header + 56, directory);
	put_le64(header + 64, OVERHEAD_SECTORS);
	put_text(header + 73, "\n \r\n");
	put_le16(header + 77, 1); /* deflate */
	return write_sectors(file, header, sizeof(header), err);
}

/* VMware wants a name in it, which must not hang on the file's. */
static int write_descriptor(struct file *file, struct err *err)
{
	uint64_t sectors = file->blocks.disk->size_bytes / SECTOR;
	SCOPED(buf) text = { 0 };
	struct digest digest;
	uint8_t whole[DESCRIPTOR_SECTORS * SECTOR] = { 0 };

	if (extents_digest(file->blocks.disk, &digest, err) < 0)
		return -1;
	buf_add_fmt(&text,
		    "# Disk DescriptorFile\n"
		    "version=1\n"
		    "CID=%08x\n"
		    "parentCID=ffffffff\n"
		    "createType=\"streamOptimized\"\n"
		    "\n"
		    "# Extent description\n"
		    "RW %llu SPARSE \"disk.vmdk\"\n"
		    "\n"
		    "# The Disk Data Base\n"
		    "#DDB\n"
		    "\n"
		    "ddb.virtualHWVersion = \"13\"\n"
		    "ddb.geometry.cylinders = \"%llu\"\n"
		    "ddb.geometry.heads = \"255\"\n"
		    "ddb.geometry.sectors = \"63\"\n"
		    "ddb.adapterType = \"lsilogic\"\n",
		    serial_derive(&digest, "vmdk"), (unsigned long long)sectors,
		    (unsigned long long)(sectors / (255UL * 63)));
	memcpy(whole, buf_text(&text), text.size);
	if (write_sectors(file, whole, sizeof(whole), err) < 0)
		return -1;
	file->sector = OVERHEAD_SECTORS;
	return writer_zeros(
		file->to,
		(uint64_t)(OVERHEAD_SECTORS - 1 - DESCRIPTOR_SECTORS) * SECTOR,
		err);
}

static int write_marker(struct file *file, enum marker type, uint64_t sectors,
			struct err *err)
{
	uint8_t marker[SECTOR] = { 0 };

	put_le64(marker, sectors);
	put_le32(marker + 12, type);
	return write_sectors(file, marker, sizeof(marker), err);
}

static int write_grain(struct file *file, uint64_t index, struct err *err)
{
	size_t size;

	if (blocks_read(&file->blocks, index, err) < 0)
		return -1;
	size = libdeflate_zlib_compress(file->deflate, file->blocks.scratch,
					GRAIN_BYTES, file->packed + 12,
					file->packed_bytes - 12);
	put_le64(file->packed, index * GRAIN_SECTORS);
	put_le32(file->packed + 8, (uint32_t)size);
	return write_sectors(file, file->packed, size + 12, err);
}

/* The grains of one table, and the table unless there are none. */
static int write_table(struct file *file, uint64_t number, struct err *err)
{
	uint8_t table[TABLE_BYTES] = { 0 };
	bool used = false;

	for (uint64_t i = 0; i < TABLE_GRAINS; i++) {
		uint64_t index = number * TABLE_GRAINS + i;

		if (!blocks_is_used(&file->blocks, index))
			continue;
		used = true;
		put_le32(table + 4 * i, (uint32_t)file->sector);
		if (write_grain(file, index, err) < 0)
			return -1;
	}
	if (!used)
		return 0;
	if (write_marker(file, MARKER_TABLE, TABLE_BYTES / SECTOR, err) < 0)
		return -1;
	put_le32(file->directory + 4 * number, (uint32_t)file->sector);
	return write_sectors(file, table, sizeof(table), err);
}

static int write_end(struct file *file, struct err *err)
{
	uint64_t size = round_up(4 * file->tables, SECTOR);
	uint64_t directory;

	if (write_marker(file, MARKER_DIRECTORY, size / SECTOR, err) < 0)
		return -1;
	directory = file->sector;
	if (write_sectors(file, file->directory, (size_t)(4 * file->tables),
			  err) < 0 ||
	    write_marker(file, MARKER_FOOTER, 1, err) < 0 ||
	    write_header(file, directory, err) < 0)
		return -1;
	return write_marker(file, MARKER_END, 0, err);
}

int vmdk_write(const struct extents *disk, int fd, const char *name,
	       struct err *err)
{
	SCOPED(file)
	file = {
		.to = writer_to_fd(fd, name),
		.deflate = libdeflate_alloc_compressor(LEVEL),
		.blocks = { .disk = disk, .block_bytes = GRAIN_BYTES },
	};

	if (!file.deflate)
		return err_set(err, FAULT_SYSTEM,
			       "libdeflate cannot be set up");
	if (disk->size_bytes > BYTES_MAX)
		return err_set(
			err, FAULT_INPUT,
			"a VMDK has at most 62 TiB; this disk has %llu bytes",
			(unsigned long long)disk->size_bytes);
	if (blocks_find(&file.blocks, err) < 0)
		return -1;
	file.packed_bytes =
		12 + libdeflate_zlib_compress_bound(file.deflate, GRAIN_BYTES);
	file.packed = xmalloc(file.packed_bytes);
	file.tables = round_up(file.blocks.count, TABLE_GRAINS) / TABLE_GRAINS;
	file.directory = xcalloc(file.tables + 1, 4);
	if (write_header(&file, UINT64_MAX, err) < 0 ||
	    write_descriptor(&file, err) < 0)
		return -1;
	for (uint64_t i = 0; i < file.tables; i++)
		if (write_table(&file, i, err) < 0)
			return -1;
	return write_end(&file, err);
}
