/* SPDX-License-Identifier: Apache-2.0 */
/* Writing VDI. All numbers have the lowest byte first. */
#include "formats/disk/vdi.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "formats/disk/blocks.h"
#include "formats/disk/bytes.h"
#include "formats/disk/guid.h"

#define BLOCK_BYTES ((uint64_t)1 << 20)
#define HEADER_BYTES 512
#define ALIGNMENT ((uint64_t)1 << 20)
#define TYPE_DYNAMIC 1
#define NOT_THERE 0xffffffffU

static void put_guid(uint8_t *to, const struct digest *digest,
		     const char *label)
{
	struct guid id = guid_derive(digest, label);

	memcpy(to, id.bytes, sizeof(id.bytes));
}

static int write_header(const struct blocks *blocks, uint64_t data_offset,
			struct writer *to, struct err *err)
{
	uint8_t header[HEADER_BYTES] = { 0 };
	struct digest digest;

	if (extents_digest(blocks->disk, &digest, err) < 0)
		return -1;
	put_text(header, "<<< kitbuild VirtualBox disk image >>>\n");
	put_le32(header + 64, 0xbeda107f);
	put_le32(header + 68, 0x10001);
	put_le32(header + 72, 0x190); /* of the header from here on */
	put_le32(header + 76, TYPE_DYNAMIC);
	put_le32(header + 340, HEADER_BYTES); /* where the map is */
	put_le32(header + 344, (uint32_t)data_offset);
	put_le32(header + 360, 512); /* bytes of a sector */
	put_le64(header + 368, blocks->disk->size_bytes);
	put_le32(header + 376, (uint32_t)BLOCK_BYTES);
	put_le32(header + 384, (uint32_t)blocks->count);
	put_le32(header + 388, (uint32_t)blocks->used_count);
	put_guid(header + 392, &digest, "vdi");
	put_guid(header + 408, &digest, "vdi snapshot");
	return writer_write(to, header, sizeof(header), err);
}

static int write_map(const struct blocks *blocks, uint64_t data_offset,
		     struct writer *to, struct err *err)
{
	uint64_t size = blocks->count * 4;
	SCOPED_FREE uint8_t *map = xmalloc(size + 1);
	uint32_t next = 0;

	for (uint64_t i = 0; i < blocks->count; i++)
		put_le32(map + i * 4,
			 blocks_is_used(blocks, i) ? next++ : NOT_THERE);
	if (writer_write(to, map, size, err) < 0)
		return -1;
	return writer_zeros(to, data_offset - HEADER_BYTES - size, err);
}

int vdi_write(const struct extents *disk, int fd, const char *name,
	      struct err *err)
{
	SCOPED_WRITER struct writer *to = writer_to_fd(fd, name);
	SCOPED(blocks) blocks = { .disk = disk, .block_bytes = BLOCK_BYTES };
	uint64_t data_offset;

	if (blocks_find(&blocks, err) < 0)
		return -1;
	if (blocks.count >= NOT_THERE)
		return err_set(err, FAULT_INPUT, "a VDI has at most 4 PiB");
	data_offset = round_up(HEADER_BYTES + blocks.count * 4, ALIGNMENT);
	if (write_header(&blocks, data_offset, to, err) < 0 ||
	    write_map(&blocks, data_offset, to, err) < 0)
		return -1;
	return blocks_write_used(&blocks, fd, name, err);
}
