/* SPDX-License-Identifier: Apache-2.0 */
/* Directories and extended attributes of an erofs. */
#include "formats/root/erofs_parts.h"

#include <string.h>

#include "formats/disk/bytes.h"

#define ENTRY_BYTES 12
#define XATTR_HEADER_BYTES 12
#define XATTR_ALIGN 4

/* What directories say of their entries. */
static const uint8_t file_types[] = {
	[INODE_FILE] = 1, [INODE_DIRECTORY] = 2, [INODE_SYMLINK] = 7,
	[INODE_CHAR] = 3, [INODE_BLOCK] = 4,     [INODE_FIFO] = 5,
};

struct entry {
	const char *name;
	const struct inode *inode;
};

static int compare(const void *a, const void *b)
{
	const struct entry *left = a;
	const struct entry *right = b;

	return strcmp(left->name, right->name);
}

/* "." and ".." are entries like others, and sorted like others. */
static struct entry *collect(const struct tree_node *directory, size_t *count)
{
	SCOPED_FREE struct tree_node **children =
		inventory_children(directory, count);
	const struct tree_node *above =
		directory->parent ? directory->parent : directory;
	struct entry *entries = xcalloc(*count + 2, sizeof(*entries));

	for (size_t i = 0; i < *count; i++)
		entries[i] =
			(struct entry){ children[i]->name, children[i]->inode };
	entries[(*count)++] = (struct entry){ ".", directory->inode };
	entries[(*count)++] = (struct entry){ "..", above->inode };
	qsort(entries, *count, sizeof(*entries), compare);
	return entries;
}

/* How many of the entries fit into one block. */
static size_t take_block(const struct entry *entries, size_t count)
{
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		used += ENTRY_BYTES + strlen(entries[i].name);
		if (used > EROFS_BLOCK)
			return i;
	}
	return count;
}

static void add_block(struct buf *bytes, const struct entry *entries,
		      size_t count, const uint64_t *nids)
{
	size_t name_at = count * ENTRY_BYTES;

	for (size_t i = 0; i < count; i++) {
		const struct inode *inode = entries[i].inode;
		uint8_t entry[ENTRY_BYTES] = { 0 };

		put_le64(entry, nids ? nids[inode->mark - 1] : 0);
		put_le16(entry + 8, (uint16_t)name_at);
		entry[10] = file_types[inode->type];
		buf_add(bytes, entry, sizeof(entry));
		name_at += strlen(entries[i].name);
	}
	for (size_t i = 0; i < count; i++)
		buf_add_str(bytes, entries[i].name);
}

static void pad(struct buf *bytes, size_t unit)
{
	static const char zeros[EROFS_BLOCK];

	buf_add(bytes, zeros, -bytes->size % unit);
}

void erofs_directory(struct buf *bytes, const struct tree_node *directory,
		     const uint64_t *nids)
{
	size_t count;
	SCOPED_FREE struct entry *entries = collect(directory, &count);

	for (size_t at = 0; at < count;) {
		size_t taken = take_block(entries + at, count - at);

		add_block(bytes, entries + at, taken, nids);
		at += taken;
		if (at < count)
			pad(bytes, EROFS_BLOCK);
	}
}

/* Whole names before prefixes of them. */
static const struct {
	const char *prefix;
	uint8_t number;
} prefixes[] = {
	{ "system.posix_acl_access", 2 },
	{ "system.posix_acl_default", 3 },
	{ "user.", 1 },
	{ "trusted.", 4 },
	{ "security.", 6 },
};

static bool add_xattr(struct buf *bytes, const struct xattr *x)
{
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		size_t length = strlen(prefixes[i].prefix);
		size_t rest = strlen(x->name) - length;
		uint8_t head[4] = { (uint8_t)rest, prefixes[i].number };

		if (strncmp(x->name, prefixes[i].prefix, length) != 0)
			continue;
		if (rest > UINT8_MAX || x->size > UINT16_MAX)
			return false;
		put_le16(head + 2, (uint16_t)x->size);
		buf_add(bytes, head, sizeof(head));
		buf_add(bytes, x->name + length, rest);
		buf_add(bytes, x->value, x->size);
		pad(bytes, XATTR_ALIGN);
		return true;
	}
	return false;
}

bool erofs_xattrs(struct buf *bytes, const struct inode *inode)
{
	static const char header[XATTR_HEADER_BYTES];
	bool all = true;

	if (!inode->xattrs)
		return true;
	buf_add(bytes, header, sizeof(header));
	for (const struct xattr *x = inode->xattrs; x; x = x->next)
		all &= add_xattr(bytes, x);
	if (bytes->size == sizeof(header))
		buf_clear(bytes);
	return all;
}
