/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A squashfs is the data of all files, then inodes, then directories, then
 * tables. A directory's entries say where inodes lie, so inodes are written
 * from the last name of the tree to the first: children before their parents.
 */
#include "formats/root/squashfs.h"

#include <sqfs/compressor.h>
#include <sqfs/dir.h>
#include <sqfs/dir_writer.h>
#include <sqfs/id_table.h>
#include <sqfs/inode.h>
#include <sqfs/meta_writer.h>
#include <sqfs/super.h>
#include <sqfs/xattr.h>
#include <sqfs/xattr_writer.h>
#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/log.h"
#include "formats/root/squashfs_data.h"

#define NO_XATTR 0xffffffffU

struct metadata {
	struct sqfs_data *data;
	const struct inventory *inventory;
	sqfs_id_table_t *ids;
	sqfs_meta_writer_t *inodes, *folders;
	sqfs_dir_writer_t *folder;
	sqfs_xattr_writer_t *xattrs;
	uint64_t *places; /* of inodes, plus 1, by number; 0: not written */
	bool warned;
};

static void metadata_release(struct metadata *m)
{
	sqfs_destroy(m->folder);
	sqfs_destroy(m->folders);
	sqfs_destroy(m->inodes);
	sqfs_destroy(m->ids);
	sqfs_destroy(m->xattrs);
	free(m->places);
}

static int start_metadata(struct metadata *m, struct err *err)
{
	sqfs_file_t *file = &m->data->file.base;
	sqfs_compressor_t *zstd = m->data->compressor;

	m->ids = sqfs_id_table_create(0);
	m->xattrs = sqfs_xattr_writer_create(0);
	m->inodes = sqfs_meta_writer_create(file, zstd, 0);
	m->folders = sqfs_meta_writer_create(file, zstd,
					     SQFS_META_WRITER_KEEP_IN_MEMORY);
	m->folder = m->folders ? sqfs_dir_writer_create(m->folders, 0) : NULL;
	m->places = xcalloc(m->inventory->inode_count + 1, sizeof(*m->places));
	if (!m->ids || !m->xattrs || !m->inodes || !m->folder)
		return squashfs_fail(m->data, SQFS_ERROR_ALLOC, err);
	return 0;
}

/* Other namespaces than user, trusted and security have no number. */
static int add_xattrs(struct metadata *m, const struct inode *inode,
		      sqfs_u32 *index, struct err *err)
{
	int status = sqfs_xattr_writer_begin(m->xattrs, 0);

	*index = NO_XATTR;
	for (const struct xattr *x = inode->xattrs; x && status == 0;
	     x = x->next) {
		if (sqfs_get_xattr_prefix_id(x->name) >= 0) {
			status = sqfs_xattr_writer_add(m->xattrs, x->name,
						       x->value, x->size);
			continue;
		}
		if (!m->warned)
			log_warn(
				"some files have attributes such as %s, which a squashfs cannot carry",
				x->name);
		m->warned = true;
	}
	if (status == 0)
		status = sqfs_xattr_writer_end(m->xattrs, index);
	return status == 0 ? 0 : squashfs_fail(m->data, status, err);
}

/* As the kernel encodes it (new_encode_dev). */
static sqfs_u32 device_number(const struct inode *inode)
{
	return (inode->rdev_minor & 0xff) | inode->rdev_major << 8 |
	       (inode->rdev_minor & ~0xffU) << 12;
}

static sqfs_inode_generic_t *new_inode(sqfs_u16 type, size_t extra)
{
	sqfs_inode_generic_t *made = calloc(1, sizeof(*made) + extra);

	if (!made)
		abort();
	made->base.type = type;
	return made;
}

static sqfs_inode_generic_t *other_inode(const struct listed *listed)
{
	const struct inode *inode = listed->inode;
	sqfs_inode_generic_t *made;
	size_t length;

	if (inode->type == INODE_FIFO) {
		made = new_inode(SQFS_INODE_FIFO, 0);
		made->data.ipc.nlink = listed->links;
		return made;
	}
	if (inode->type != INODE_SYMLINK) {
		made = new_inode(inode->type == INODE_CHAR ? SQFS_INODE_CDEV
							   : SQFS_INODE_BDEV,
				 0);
		made->data.dev.nlink = listed->links;
		made->data.dev.devno = device_number(inode);
		return made;
	}
	length = strlen(inode->target);
	made = new_inode(SQFS_INODE_SLINK, length + 1);
	made->payload_bytes_available = (sqfs_u32)length + 1;
	made->payload_bytes_used = (sqfs_u32)length;
	made->data.slink.nlink = listed->links;
	made->data.slink.target_size = (sqfs_u32)length;
	memcpy(made->extra, inode->target, length);
	return made;
}

/* Entries of a directory, all of whose inodes are written. */
static int write_entries(struct metadata *m, const struct tree_node *node,
			 struct err *err)
{
	size_t count;
	SCOPED_FREE struct tree_node **children =
		inventory_children(node, &count);
	int status = sqfs_dir_writer_begin(m->folder, 0);

	for (size_t i = 0; i < count && status == 0; i++) {
		const struct inode *inode = children[i]->inode;

		status = sqfs_dir_writer_add_entry(
			m->folder, children[i]->name, (sqfs_u32)inode->mark,
			m->places[inode->mark - 1] - 1,
			(sqfs_u16)inventory_mode(inode));
	}
	if (status == 0)
		status = sqfs_dir_writer_end(m->folder);
	return status == 0 ? 0 : squashfs_fail(m->data, status, err);
}

static sqfs_inode_generic_t *
folder_inode(struct metadata *m, const struct listed *listed, sqfs_u32 xattr)
{
	const struct tree_node *parent = listed->node->parent;
	/* Behind the last one, as the kernel's tools write for the root. */
	size_t above = parent ? (size_t)parent->inode->mark
			      : m->inventory->inode_count + 1;
	sqfs_inode_generic_t *made = sqfs_dir_writer_create_inode(
		m->folder, 0, xattr, (sqfs_u32)above);

	if (!made)
		abort();
	if (made->base.type == SQFS_INODE_DIR)
		made->data.dir.nlink = listed->folders + 2;
	else
		made->data.dir_ext.nlink = listed->folders + 2;
	return made;
}

static sqfs_inode_generic_t *
make_inode(struct metadata *m, const struct listed *listed, sqfs_u32 xattr)
{
	const struct inode *inode = listed->inode;
	sqfs_inode_generic_t *made;

	if (inode->type == INODE_DIRECTORY)
		return folder_inode(m, listed, xattr);
	made = inode->type == INODE_FILE ? TAKE(m->data->files[inode->mark - 1])
					 : other_inode(listed);
	if (xattr != NO_XATTR ||
	    (inode->type == INODE_FILE && listed->links > 1)) {
		(void)sqfs_inode_make_extended(made);
		/* To set none would make it basic again, which has one link. */
		if (xattr != NO_XATTR)
			(void)sqfs_inode_set_xattr_index(made, xattr);
	} else {
		/* Large files stay as they are. */
		(void)sqfs_inode_make_basic(made);
	}
	if (made->base.type == SQFS_INODE_EXT_FILE)
		made->data.file_ext.nlink = listed->links;
	return made;
}

static uint32_t clamp_time(int64_t seconds)
{
	if (seconds < 0)
		return 0;
	return seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds;
}

static int write_inode(struct metadata *m, const struct listed *listed,
		       struct err *err)
{
	const struct inode *inode = listed->inode;
	sqfs_inode_generic_t *made;
	sqfs_u32 xattr, offset;
	sqfs_u64 block;
	int status;

	if (add_xattrs(m, inode, &xattr, err) < 0 ||
	    (inode->type == INODE_DIRECTORY &&
	     write_entries(m, listed->node, err) < 0))
		return -1;
	made = make_inode(m, listed, xattr);
	made->base.mode = (sqfs_u16)inventory_mode(inode);
	made->base.mod_time = clamp_time(inode->mtime);
	made->base.inode_number = (sqfs_u32)inode->mark;
	status = sqfs_id_table_id_to_index(m->ids, inode->uid,
					   &made->base.uid_idx);
	if (status == 0)
		status = sqfs_id_table_id_to_index(m->ids, inode->gid,
						   &made->base.gid_idx);
	sqfs_meta_writer_get_position(m->inodes, &block, &offset);
	m->places[inode->mark - 1] = (block << 16 | offset) + 1;
	if (status == 0)
		status = sqfs_meta_writer_write_inode(m->inodes, made);
	sqfs_free(made);
	return status == 0 ? 0 : squashfs_fail(m->data, status, err);
}

static int write_inodes(struct metadata *m, struct err *err)
{
	const struct inventory *inventory = m->inventory;

	for (size_t i = inventory->node_count; i-- > 0;) {
		const struct inode *inode = inventory->nodes[i]->inode;
		const struct listed *listed =
			&inventory->inodes[inode->mark - 1];

		/* The first name of an inode is the last one met here. */
		if (!m->places[inode->mark - 1] &&
		    write_inode(m, listed, err) < 0)
			return -1;
	}
	return 0;
}

static int write_tables(struct metadata *m, struct err *err)
{
	sqfs_super_t *super = &m->data->super;
	sqfs_file_t *file = &m->data->file.base;
	sqfs_compressor_t *zstd = m->data->compressor;
	int status = sqfs_meta_writer_flush(m->inodes);

	if (status == 0)
		status = sqfs_meta_writer_flush(m->folders);
	super->directory_table_start = file->get_size(file);
	if (status == 0)
		status = sqfs_meta_write_write_to_file(m->folders);
	if (status == 0)
		status = sqfs_frag_table_write(m->data->fragments, file, super,
					       zstd);
	if (status == 0)
		status = sqfs_id_table_write(m->ids, file, super, zstd);
	if (status == 0)
		status = sqfs_xattr_writer_flush(m->xattrs, file, super, zstd);
	super->bytes_used = file->get_size(file);
	if (status == 0)
		status = sqfs_super_write(super, file);
	return status == 0 ? 0 : squashfs_fail(m->data, status, err);
}

static int write_metadata(struct sqfs_data *data,
			  const struct inventory *inventory, struct err *err)
{
	SCOPED(metadata) m = { .data = data, .inventory = inventory };

	if (start_metadata(&m, err) < 0)
		return -1;
	data->super.inode_count = (sqfs_u32)inventory->inode_count;
	data->super.inode_table_start =
		data->file.base.get_size(&data->file.base);
	if (write_inodes(&m, err) < 0)
		return -1;
	data->super.root_inode_ref = m.places[0] - 1;
	return write_tables(&m, err);
}

int squashfs_write(int fd, uint64_t start, struct image *image,
		   const struct inventory *inventory, uint64_t *size_bytes,
		   struct err *err)
{
	SCOPED(sqfs_data) data = { .count = inventory->inode_count };

	if (inventory->inode_count > UINT32_MAX - 2)
		return err_set(err, FAULT_INPUT,
			       "%zu files are too many for a squashfs",
			       inventory->inode_count);
	if (squashfs_write_data(&data, fd, start, image, inventory, err) < 0 ||
	    write_metadata(&data, inventory, err) < 0)
		return -1;
	*size_bytes = data.super.bytes_used;
	return 0;
}
