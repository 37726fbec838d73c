/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/disk/qcow2_pack.h"

#include <unistd.h>
#include <zstd.h>

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/mem.h"

/* As qemu-img: what it would write is a little larger with less. */
#define LEVEL 3

void qcow2_packed_release(struct qcow2_packed *packed)
{
	free(packed->sizes);
	if (packed->fd >= 0)
		close(packed->fd);
	*packed = (struct qcow2_packed){ .fd = -1 };
}

struct packer {
	ZSTD_CCtx *context;
	int fd;
	uint8_t *frame;
	size_t room;
};

/* One cluster, which is in the blocks' scratch. */
static int pack_one(struct packer *packer, const struct blocks *blocks,
		    uint16_t *packed_size, struct err *err)
{
	size_t size =
		ZSTD_compressCCtx(packer->context, packer->frame, packer->room,
				  blocks->scratch, blocks->block_bytes, LEVEL);

	if (ZSTD_isError(size))
		return err_set(err, FAULT_SYSTEM, "zstd: %s",
			       ZSTD_getErrorName(size));
	if (size >= blocks->block_bytes)
		return 0;
	*packed_size = (uint16_t)size;
	return fd_write_all(packer->fd, packer->frame, size, "a temporary file",
			    err);
}

static int pack_all(struct packer *packer, const struct blocks *blocks,
		    struct qcow2_packed *packed, struct err *err)
{
	uint64_t used = 0;

	for (uint64_t i = 0; i < blocks->count; i++) {
		uint16_t *size = &packed->sizes[used];

		if (!blocks_is_used(blocks, i))
			continue;
		if (blocks_read(blocks, i, err) < 0 ||
		    pack_one(packer, blocks, size, err) < 0)
			return -1;
		packed->bytes += *size;
		packed->count += *size > 0;
		used++;
	}
	return 0;
}

int qcow2_pack(struct qcow2_packed *packed, const struct blocks *blocks,
	       struct err *err)
{
	size_t room = ZSTD_compressBound(blocks->block_bytes);
	SCOPED_FREE uint8_t *frame = xmalloc(room);
	struct packer packer = { .frame = frame, .room = room };

	packed->sizes = xcalloc(blocks->used_count + 1, sizeof(*packed->sizes));
	if (fd_temporary(&packed->fd, NULL, err) < 0)
		return -1;
	packer.fd = packed->fd;
	packer.context = ZSTD_createCCtx();
	if (!packer.context)
		abort();
	int result = pack_all(&packer, blocks, packed, err);

	ZSTD_freeCCtx(packer.context);
	return result;
}
