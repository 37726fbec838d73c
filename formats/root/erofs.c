/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An erofs is a super block, inodes with what stands behind them, then whole
 * blocks. An inode's number is its place, so all places are planned first.
 */
#include "formats/root/erofs.h"

#include <isa-l/crc.h>
#include <string.h>

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/log.h"
#include "formats/disk/bytes.h"
#include "formats/disk/guid.h"
#include "formats/root/erofs_parts.h"

#define SUPER_AT 1024
#define SUPER_BYTES 128
#define SUPER_MAGIC 0xe0f5e1e2U
#define COMPAT_CHECKSUM 1
#define SLOT 32
#define INODE_BYTES 64
#define LAYOUT_PLAIN 0
#define LAYOUT_TAIL 2
#define XATTR_UNIT 4
#define MAX_XATTR_BYTES (XATTR_UNIT * (uint64_t)UINT16_MAX)

struct planned {
	uint64_t size;       /* of what the inode stands for */
	uint32_t first;      /* block of its whole blocks */
	uint32_t tail_bytes; /* beside the inode */
};

struct erofs {
	int fd;
	uint64_t start;
	struct image *image;
	const struct inventory *inventory;
	struct planned *plans; /* by number, as are the nids */
	uint64_t *nids;        /* place in slots */
	uint64_t meta_end;     /* bytes, whole blocks */
	uint64_t blocks;
};

static void erofs_release(struct erofs *fs)
{
	free(fs->plans);
	free(fs->nids);
}

static uint64_t content_bytes(const struct listed *listed)
{
	SCOPED(buf) bytes = { 0 };

	switch (listed->inode->type) {
	case INODE_FILE:
		return listed->inode->content.length;
	case INODE_SYMLINK:
		return strlen(listed->inode->target);
	case INODE_DIRECTORY:
		erofs_directory(&bytes, listed->node, NULL);
		return bytes.size;
	case INODE_CHAR:
	case INODE_BLOCK:
	case INODE_FIFO:
		break;
	}
	return 0;
}

/* An inode that has something beside it lies with it in one block. */
static void plan_inode(struct erofs *fs, size_t i, uint64_t xattr_bytes,
		       uint64_t *at)
{
	struct planned *plan = &fs->plans[i];
	uint64_t head = INODE_BYTES + xattr_bytes;

	plan->size = content_bytes(&fs->inventory->inodes[i]);
	plan->tail_bytes = (uint32_t)(plan->size % EROFS_BLOCK);
	if (head + plan->tail_bytes > EROFS_BLOCK)
		plan->tail_bytes = 0;
	if (*at % EROFS_BLOCK + head + plan->tail_bytes > EROFS_BLOCK)
		*at = round_up(*at, EROFS_BLOCK);
	fs->nids[i] = *at / SLOT;
	*at = round_up(*at + head + plan->tail_bytes, SLOT);
}

static int plan_blocks(struct erofs *fs, struct err *err)
{
	uint64_t block = fs->meta_end / EROFS_BLOCK;

	for (size_t i = 0; i < fs->inventory->inode_count; i++) {
		struct planned *plan = &fs->plans[i];

		plan->first = (uint32_t)block;
		block += round_up(plan->size - plan->tail_bytes, EROFS_BLOCK) /
			 EROFS_BLOCK;
		if (block >= UINT32_MAX)
			return err_set(err, FAULT_INPUT,
				       "the root is larger than an erofs");
	}
	fs->blocks = block;
	return 0;
}

static int plan_volume(struct erofs *fs, struct err *err)
{
	uint64_t at = SUPER_AT + SUPER_BYTES;
	size_t count = fs->inventory->inode_count;
	bool all = true;

	fs->plans = xcalloc(count + 1, sizeof(*fs->plans));
	fs->nids = xcalloc(count + 1, sizeof(*fs->nids));
	for (size_t i = 0; i < count; i++) {
		SCOPED(buf) xattrs = { 0 };

		all &= erofs_xattrs(&xattrs, fs->inventory->inodes[i].inode);
		if (xattrs.size > MAX_XATTR_BYTES)
			return err_set(
				err, FAULT_INPUT,
				"%s: %zu bytes of attributes are too many for an erofs",
				fs->inventory->inodes[i].node->name,
				xattrs.size);
		plan_inode(fs, i, xattrs.size, &at);
	}
	if (!all)
		log_warn(
			"some files have extended attributes that an erofs cannot carry");
	fs->meta_end = round_up(at, EROFS_BLOCK);
	return plan_blocks(fs, err);
}

static int put(const struct erofs *fs, uint64_t at, const void *data,
	       size_t size, struct err *err)
{
	if (lseek(fs->fd, (off_t)(fs->start + at), SEEK_SET) < 0)
		return err_sys(err, "write an erofs");
	return fd_write_all(fs->fd, data, size, "an erofs", err);
}

static uint32_t device_number(const struct inode *inode)
{
	return (inode->rdev_minor & 0xff) | inode->rdev_major << 8 |
	       (inode->rdev_minor & ~0xffU) << 12;
}

static void put_inode(const struct erofs *fs, size_t i, size_t xattr_bytes,
		      uint8_t out[INODE_BYTES])
{
	const struct listed *listed = &fs->inventory->inodes[i];
	const struct inode *inode = listed->inode;
	const struct planned *plan = &fs->plans[i];
	bool device = inode->type == INODE_CHAR || inode->type == INODE_BLOCK;
	unsigned layout = plan->tail_bytes ? LAYOUT_TAIL : LAYOUT_PLAIN;

	memset(out, 0, INODE_BYTES);
	put_le16(out, (uint16_t)(1 | layout << 1));
	/* The header counts as three units, of which one is free. */
	if (xattr_bytes)
		put_le16(out + 2, (uint16_t)(xattr_bytes / XATTR_UNIT - 2));
	put_le16(out + 4, (uint16_t)inventory_mode(inode));
	put_le64(out + 8, plan->size);
	put_le32(out + 16, device ? device_number(inode) : plan->first);
	put_le32(out + 20, (uint32_t)inode->mark);
	put_le32(out + 24, inode->uid);
	put_le32(out + 28, inode->gid);
	put_le64(out + 32, (uint64_t)inode->mtime);
	put_le32(out + 44, inode->type == INODE_DIRECTORY ? listed->folders + 2
							  : listed->links);
}

/* Whole blocks to their place, the tail behind the inode. */
static int write_bytes(const struct erofs *fs, size_t i, const struct buf *data,
		       struct buf *item, struct err *err)
{
	const struct planned *plan = &fs->plans[i];
	size_t whole = data->size - plan->tail_bytes;

	if (whole > 0 && put(fs, (uint64_t)plan->first * EROFS_BLOCK,
			     data->data, whole, err) < 0)
		return -1;
	if (plan->tail_bytes)
		buf_add(item, data->data + whole, plan->tail_bytes);
	return 0;
}

static int write_file(const struct erofs *fs, size_t i, struct buf *item,
		      struct err *err)
{
	const struct planned *plan = &fs->plans[i];
	const struct content *content =
		&fs->inventory->inodes[i].inode->content;
	uint64_t whole = plan->size - plan->tail_bytes;
	char tail[EROFS_BLOCK];
	uint64_t to = fs->start + (uint64_t)plan->first * EROFS_BLOCK;

	if (whole > 0) {
		if (lseek(fs->fd, (off_t)to, SEEK_SET) < 0)
			return err_sys(err, "write an erofs");
		if (fd_copy(fs->fd, fs->image->spool.fd, content->offset, whole,
			    "an erofs", err) < 0)
			return -1;
	}
	if (plan->tail_bytes &&
	    fd_read_at(fs->image->spool.fd, tail, plan->tail_bytes,
		       content->offset + whole, err) < 0)
		return -1;
	buf_add(item, tail, plan->tail_bytes);
	return 0;
}

static int write_content(const struct erofs *fs, size_t i, struct buf *item,
			 struct err *err)
{
	const struct listed *listed = &fs->inventory->inodes[i];
	SCOPED(buf) data = { 0 };

	if (listed->inode->type == INODE_FILE)
		return write_file(fs, i, item, err);
	if (listed->inode->type == INODE_DIRECTORY)
		erofs_directory(&data, listed->node, fs->nids);
	else if (listed->inode->type == INODE_SYMLINK)
		buf_add_str(&data, listed->inode->target);
	return write_bytes(fs, i, &data, item, err);
}

static int write_item(const struct erofs *fs, size_t i, struct err *err)
{
	SCOPED(buf) xattrs = { 0 };
	SCOPED(buf) item = { 0 };
	uint8_t inode[INODE_BYTES];

	(void)erofs_xattrs(&xattrs, fs->inventory->inodes[i].inode);
	put_inode(fs, i, xattrs.size, inode);
	buf_add(&item, inode, sizeof(inode));
	buf_add(&item, buf_text(&xattrs), xattrs.size);
	if (write_content(fs, i, &item, err) < 0)
		return -1;
	return put(fs, fs->nids[i] * SLOT, item.data, item.size, err);
}

/* The checksum is over the rest of the first block, whatever is in it. */
static int write_super(const struct erofs *fs, struct err *err)
{
	struct digest key = inventory_key(fs->inventory, EROFS_MAKER);
	struct guid uuid = guid_derive(&key, "erofs");
	uint8_t block[EROFS_BLOCK] = { 0 };
	uint8_t *super = block + SUPER_AT;
	size_t rest = sizeof(block) - SUPER_AT;

	if (fd_read_at(fs->fd, block, sizeof(block), fs->start, err) < 0)
		return -1;
	memset(block, 0, SUPER_AT + SUPER_BYTES);
	put_le32(super, SUPER_MAGIC);
	put_le32(super + 8, COMPAT_CHECKSUM);
	super[12] = 12; /* blocks of 2^12 bytes */
	put_le16(super + 14, (uint16_t)fs->nids[0]);
	put_le64(super + 16, fs->inventory->inode_count);
	put_le32(super + 36, (uint32_t)fs->blocks);
	memcpy(super + 48, uuid.bytes, sizeof(uuid.bytes));
	put_le32(super + 4, crc32_iscsi(super, (int)rest, UINT32_MAX));
	return put(fs, 0, block, sizeof(block), err);
}

int erofs_write(int fd, uint64_t start, struct image *image,
		const struct inventory *inventory, uint64_t *size_bytes,
		struct err *err)
{
	SCOPED(erofs)
	fs = {
		.fd = fd,
		.start = start,
		.image = image,
		.inventory = inventory,
	};

	if (inventory->inode_count > UINT32_MAX)
		return err_set(err, FAULT_INPUT,
			       "%zu files are too many for an erofs",
			       inventory->inode_count);
	if (spool_flush(&image->spool, err) < 0 || plan_volume(&fs, err) < 0)
		return -1;
	*size_bytes = fs.blocks * EROFS_BLOCK;
	/* Blocks that end in zeros are not written to their end. */
	if (ftruncate(fd, (off_t)(start + *size_bytes)) < 0)
		return err_sys(err, "write an erofs");
	for (size_t i = 0; i < inventory->inode_count; i++)
		if (write_item(&fs, i, err) < 0)
			return -1;
	return write_super(&fs, err);
}
