/* SPDX-License-Identifier: Apache-2.0 */
/* Tar archives, read by libarchive, applied to the root tree. */
#include "cmd/lib/image/layer.h"

#include <errno.h>
#include <string.h>

#include "cmd/lib/base/limits.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/image/archive.h"
#include "cmd/lib/image/internal.h"

#define READ_BYTES ((size_t)256 << 10)
#define BLOCK ((uint64_t)512)
/* Zeros that no byte of the archive stands for. */
#define HOLES_MAX_BYTES ((uint64_t)1 << 30)
#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"

/*
 * Some writers leave out the zeros behind the last entry's content, up to a
 * whole block, and readers in Go take that. libarchive does not: it gets them
 * once. take_content sees to it that they never become content.
 */
static size_t fill_last_block(struct apply *apply)
{
	size_t missing = (size_t)(-apply->tar_bytes % BLOCK);

	if (apply->last_block_filled || apply->in_header)
		return 0;
	apply->last_block_filled = true;
	memset(apply->chunk, 0, missing);
	return missing;
}

static la_ssize_t on_read(struct archive *archive, void *context,
			  const void **data)
{
	struct apply *apply = context;
	size_t got = 0;

	if (reader_read(apply->tar, apply->chunk, READ_BYTES, &got,
			apply->err) < 0) {
		apply->read_failed = true;
		archive_set_error(archive, EIO, "read failed");
		return ARCHIVE_FATAL;
	}
	if (apply->tar_bytes == 0)
		memcpy(apply->head, apply->chunk,
		       got < sizeof(apply->head) ? got : sizeof(apply->head));
	apply->tar_bytes += got;
	if (got == 0)
		got = fill_last_block(apply);
	apply->header_bytes += apply->in_header ? got : 0;
	/* libarchive keeps headers and extensions in memory. */
	if (apply->header_bytes > limit_of(LIMIT_HEADER) + READ_BYTES) {
		archive_set_error(archive, EIO, "a header without end");
		return ARCHIVE_FATAL;
	}
	*data = apply->chunk;
	return (la_ssize_t)got;
}

/* What a layer that is no tar is packed with instead; NULL: nothing known. */
static const char *foreign_packer(const struct apply *apply)
{
	static const struct {
		const char *name, *magic;
		size_t size;
	} packers[] = {
		{ "gzip or zstd, twice", "\x1f\x8b", 2 },
		{ "gzip or zstd, twice", "\x28\xb5\x2f\xfd", 4 },
		{ "xz",
		  "\xfd"
		  "7zXZ",
		  5 },
		{ "bzip2", "BZh", 3 },
		{ "lz4", "\x04\x22\x4d\x18", 4 },
	};

	for (size_t i = 0; i < ARRAY_LEN(packers); i++)
		if (memcmp(apply->head, packers[i].magic, packers[i].size) == 0)
			return packers[i].name;
	return NULL;
}

static int archive_failed(const struct apply *apply, struct archive *archive)
{
	const char *text = archive_error_string(archive);
	const char *packer = foreign_packer(apply);

	if (apply->read_failed)
		return err_wrap(apply->err, "%s", apply->layer->name);
	if (packer && archive_format(archive) == 0)
		return err_set(
			apply->err, FAULT_INPUT,
			"%s: a layer packed with %s; gzip, zstd or nothing is possible",
			apply->layer->name, packer);
	return err_set(apply->err, FAULT_INPUT, "%s: damaged tar: %s",
		       apply->layer->name, text ? text : "unreadable");
}

/* A hole becomes zeros. */
static int fill_hole(struct apply *apply, uint64_t end, struct content *content,
		     const char *path)
{
	static const char zeros[4096];

	if (content->length < end)
		apply->hole_bytes += end - content->length;
	if (apply->hole_bytes > HOLES_MAX_BYTES)
		return layer_refuse(
			apply, path,
			"holes add up to more than 1 GiB in this layer");
	while (content->length < end) {
		uint64_t hole = end - content->length;
		size_t part =
			hole < sizeof(zeros) ? (size_t)hole : sizeof(zeros);

		if (spool_add(apply->spool, zeros, part, apply->err) < 0)
			return -1;
		content->length += part;
	}
	return 0;
}

/* Did bytes of the content come from fill_last_block? */
static bool is_cut_short(const struct apply *apply, struct archive *archive,
			 struct archive_entry *entry)
{
	uint64_t end = (uint64_t)archive_filter_bytes(archive, 0);
	uint64_t padding = -(uint64_t)archive_entry_size(entry) % BLOCK;

	if (!apply->last_block_filled || end <= apply->tar_bytes)
		return false;
	return archive_entry_sparse_count(entry) > 0 ||
	       end - apply->tar_bytes > padding;
}

/* Reads a file's bytes into the spool. */
static int take_content(struct apply *apply, struct archive *archive,
			struct archive_entry *entry, struct content *content)
{
	const char *path = archive_entry_pathname(entry);
	const void *data;
	size_t size;
	la_int64_t offset;
	int status;

	content->offset = apply->spool->size_bytes;
	content->source = apply->layer->digest;
	content->source_offset =
		(uint64_t)archive_read_header_position(archive);
	while ((status = archive_read_data_block(archive, &data, &size,
						 &offset)) == ARCHIVE_OK) {
		if (offset < 0 ||
		    fill_hole(apply, (uint64_t)offset, content, path) < 0)
			return offset < 0 ? archive_failed(apply, archive) : -1;
		if (spool_add(apply->spool, data, size, apply->err) < 0)
			return -1;
		content->length += size;
	}
	if (status != ARCHIVE_EOF)
		return archive_failed(apply, archive);
	if (is_cut_short(apply, archive, entry))
		return err_set(apply->err, FAULT_INPUT,
			       "%s: damaged tar: it ends within %.200s",
			       apply->layer->name, path);
	return fill_hole(apply, (uint64_t)archive_entry_size(entry), content,
			 path);
}

static int put_root(struct apply *apply, struct archive_entry *entry)
{
	struct inode *inode;

	if (archive_entry_filetype(entry) != AE_IFDIR ||
	    archive_entry_hardlink(entry))
		return layer_refuse(apply, archive_entry_pathname(entry),
				    "the root can only be a directory");
	if (layer_check_entry(apply, entry, "/") < 0)
		return -1;
	if (layer_inode(apply, entry, INODE_DIRECTORY, &inode) < 0)
		return -1;
	inode->links = 1;
	apply->base->inode = inode;
	return 0;
}

static int put_hardlink(const struct apply *apply, struct tree_node *parent,
			const char *name, const char *target)
{
	struct tree_node *directory, *node;
	const char *last;

	if (tree_parent_of(apply->tree, apply->base, target, &directory, &last,
			   apply->err) < 0)
		return err_wrap(apply->err, "%s: hard link %s",
				apply->layer->name, name);
	node = tree_child(apply->tree, directory, last);
	if (!node || node->inode->type == INODE_DIRECTORY)
		return layer_refuse(apply, target,
				    node ? "a hard link to a directory"
					 : "a hard link to what is not there");
	if (directory == parent && strcmp(last, name) == 0)
		return layer_refuse(apply, target, "a hard link to itself");
	tree_put(apply->tree, parent, name, node->inode);
	return 0;
}

static int put_whiteout(const struct apply *apply, struct tree_node *parent,
			const char *name)
{
	struct tree_node *node;

	if (strcmp(name, OPAQUE) == 0) {
		tree_whiteout(apply->tree, parent, true);
		return 0;
	}
	name += strlen(WHITEOUT);
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return layer_refuse(apply, name, "a whiteout without a name");
	node = tree_child(apply->tree, parent, name);
	if (node)
		tree_whiteout(apply->tree, node, false);
	return 0;
}

/* A directory entry on a link that leads to a directory changes nothing. */
static bool keeps_link(const struct apply *apply, struct tree_node *parent,
		       const char *name, enum inode_type type)
{
	const struct tree_node *node = tree_child(apply->tree, parent, name);

	if (!apply->layer->keep_links || type != INODE_DIRECTORY || !node ||
	    node->inode->type != INODE_SYMLINK)
		return false;
	node = tree_lookup(apply->tree, apply->base, node->inode->target, true);
	return node && node->inode->type == INODE_DIRECTORY;
}

static int put_entry(struct apply *apply, struct archive *archive,
		     struct archive_entry *entry, struct tree_node *parent,
		     const char *name)
{
	const char *path = archive_entry_pathname(entry);
	const char *hardlink = archive_entry_hardlink(entry);
	enum inode_type type;
	struct tree_node *node;
	struct inode *inode;

	if (hardlink)
		return put_hardlink(apply, parent, name, hardlink);
	if (!layer_type_of(archive_entry_filetype(entry), &type))
		return layer_refuse(apply, path, "an entry of unknown type");
	if (layer_check_entry(apply, entry, path) < 0)
		return -1;
	if (keeps_link(apply, parent, name, type))
		return 0;
	if (layer_inode(apply, entry, type, &inode) < 0)
		return -1;
	if (type == INODE_FILE &&
	    take_content(apply, archive, entry, &inode->content) < 0)
		return -1;
	node = tree_put(apply->tree, parent, name, inode);
	node->slash = !apply->layer->whiteouts && path[strlen(path) - 1] == '/';
	return 0;
}

static bool is_root(const char *path)
{
	return path[strspn(path, "./")] == '\0' && !strstr(path, "..");
}

/* A whiteout below what is no directory removes nothing and makes nothing. */
static bool is_vain_whiteout(const struct apply *apply, const char *path)
{
	const char *slash = strrchr(path, '/');
	SCOPED_FREE char *directory = NULL;
	const struct tree_node *node;

	if (!apply->layer->whiteouts || !slash ||
	    strncmp(slash + 1, WHITEOUT, strlen(WHITEOUT)) != 0)
		return false;
	directory = xstrndup(path, (size_t)(slash - path));
	node = tree_lookup(apply->tree, apply->base, directory, true);
	return !node || node->inode->type != INODE_DIRECTORY;
}

static int apply_entry(struct apply *apply, struct archive *archive,
		       struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);
	struct tree_node *parent;
	const char *name;

	if (!path)
		return layer_refuse(apply, "?",
				    "a name that is not valid text");
	if (strlen(path) > limit_of(LIMIT_PATH))
		return layer_refuse(apply, path,
				    "the path is too long (--limit path)");
	if (*path && is_root(path))
		return put_root(apply, entry);
	if (is_vain_whiteout(apply, path))
		return 0;
	if (tree_parent_of(apply->tree, apply->base, path, &parent, &name,
			   apply->err) < 0)
		return err_wrap(apply->err, "%s", apply->layer->name);
	if (apply->layer->whiteouts &&
	    strncmp(name, WHITEOUT, strlen(WHITEOUT)) == 0)
		return put_whiteout(apply, parent, name);
	return put_entry(apply, archive, entry, parent, name);
}

/*
 * libarchive warns of names that are not ASCII, which it hands over byte for
 * byte as they should be, and of extensions that it then ignores: those would
 * mean something else to another reader.
 */
static int next_entry(struct apply *apply, struct archive *archive,
		      struct archive_entry **entry)
{
	const char *text;
	int status = ARCHIVE_OK;

	/* A payload is skipped first: it does not count as header. */
	if (apply->header_bytes)
		status = archive_read_data_skip(archive);
	if (status != ARCHIVE_OK && status != ARCHIVE_EOF)
		return status;
	apply->header_bytes = 0;
	apply->in_header = true;
	status = archive_read_next_header(archive, entry);
	apply->in_header = false;
	apply->header_bytes = 1;
	text = archive_error_string(archive);
	if (status != ARCHIVE_WARN)
		return status;
	return text && strstr(text, "alformed") ? ARCHIVE_FAILED : ARCHIVE_OK;
}

static int apply_all(struct apply *apply, struct archive *archive)
{
	struct archive_entry *entry;
	size_t entries = 0;
	int status;

	while ((status = next_entry(apply, archive, &entry)) != ARCHIVE_EOF) {
		if (status != ARCHIVE_OK)
			return archive_failed(apply, archive);
		if (++entries > limit_of(LIMIT_ENTRIES))
			return err_set(
				apply->err, FAULT_INPUT,
				"%s: more than %zu entries (--limit entries)",
				apply->layer->name, limit_of(LIMIT_ENTRIES));
		if (apply_entry(apply, archive, entry) < 0)
			return -1;
	}
	/* What follows the end of the archive still has to be verified. */
	if (reader_drain(apply->tar, apply->err) < 0)
		return err_wrap(apply->err, "%s", apply->layer->name);
	return 0;
}

int layer_apply(struct tree *tree, struct tree_node *base,
		const struct layer *layer, struct reader *tar,
		struct spool *spool, struct err *err)
{
	SCOPED_ARCHIVE struct archive *archive = archive_read_new();
	SCOPED_FREE char *chunk = xmalloc(READ_BYTES);
	struct apply apply = {
		.tree = tree,
		.base = base,
		.layer = layer,
		.spool = spool,
		.tar = tar,
		.chunk = chunk,
		.err = err,
	};

	tree->layer++;
	if (!archive ||
	    archive_read_support_format_tar(archive) != ARCHIVE_OK ||
	    archive_read_support_format_empty(archive) != ARCHIVE_OK)
		return err_set(err, FAULT_SYSTEM,
			       "libarchive cannot be set up");
	if (archive_read_open(archive, &apply, NULL, on_read, NULL) !=
	    ARCHIVE_OK)
		return archive_failed(&apply, archive);
	return apply_all(&apply, archive);
}
