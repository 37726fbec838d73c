/* SPDX-License-Identifier: Apache-2.0 */
/* Initrds, as the kernel reads them: init/initramfs.c. */
#include "cmd/lib/image/reread.h"

#include <string.h>
#include <unistd.h>

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/mem.h"

#define HEADER_BYTES 110
#define CHUNK_BYTES ((size_t)128 << 10)
#define ROOT_MAX_BYTES ((uint64_t)64 << 30)
#define ARCHIVES_MAX 65536
#define TYPE_MASK 0170000U

/* The fields of a header, in their order, each 8 hexadecimal digits. */
enum cpio_field {
	CPIO_INO,
	CPIO_MODE,
	CPIO_UID,
	CPIO_GID,
	CPIO_LINKS,
	CPIO_MTIME,
	CPIO_SIZE,
	CPIO_MAJOR,
	CPIO_MINOR,
	CPIO_RDEV_MAJOR,
	CPIO_RDEV_MINOR,
	CPIO_NAME_SIZE,
	CPIO_CHECK,
	CPIO_FIELDS,
};

/* One stream of archives on its way into an image. */
struct input {
	struct image *image;
	const char *name;
	struct reader *from; /* borrowed */
	char *chunk;         /* owned */
	size_t next, size;   /* what of the chunk is left */
	uint64_t consumed;
	struct tree links; /* inode numbers of the archive, as names */
	unsigned archives;
};

static void input_release(struct input *input)
{
	free(input->chunk);
	tree_release(&input->links);
}

static int damaged(const struct input *input, const char *what, struct err *err)
{
	return err_set(err, FAULT_INPUT, "%s: damaged cpio archive: %s",
		       input->name, what);
}

/* As much as can be had at once, borrowed until the next call; 0: the end. */
static int take(struct input *input, size_t wanted, const char **data,
		size_t *got, struct err *err)
{
	if (input->next == input->size) {
		input->next = 0;
		if (reader_read(input->from, input->chunk, CHUNK_BYTES,
				&input->size, err) < 0)
			return err_wrap(err, "%s", input->name);
	}
	*data = input->chunk + input->next;
	*got = input->size - input->next;
	if (*got > wanted)
		*got = wanted;
	input->next += *got;
	input->consumed += *got;
	return 0;
}

static int take_all(struct input *input, void *to, size_t size, struct err *err)
{
	const char *data = NULL;
	size_t got = 0;

	for (size_t done = 0; done < size; done += got) {
		if (take(input, size - done, &data, &got, err) < 0)
			return -1;
		if (got == 0)
			return damaged(input, "it ends in the middle", err);
		memcpy((char *)to + done, data, got);
	}
	return 0;
}

static int align(struct input *input, struct err *err)
{
	char padding[4];

	return take_all(input, padding, -input->consumed % 4, err);
}

/* Skips the zeros between archives; `*first` is the byte behind them. */
static int skip_zeros(struct input *input, bool *ended, char *first,
		      struct err *err)
{
	const char *data = NULL;
	size_t got = 0;

	do {
		if (take(input, 1, &data, &got, err) < 0)
			return -1;
		*ended = got == 0;
	} while (!*ended && *data == '\0');
	if (!*ended)
		*first = *data;
	return 0;
}

/* The last byte taken is to be read again. */
static void push_back(struct input *input)
{
	input->next--;
	input->consumed--;
}

static int parse_header(const struct input *input, const char *text,
			uint32_t fields[CPIO_FIELDS], struct err *err)
{
	if (memcmp(text, "070701", 6) != 0 && memcmp(text, "070702", 6) != 0)
		return damaged(input, "no newc header where one should be",
			       err);
	for (size_t i = 0; i < CPIO_FIELDS; i++) {
		char digits[9] = { 0 };
		char *end;

		memcpy(digits, text + 6 + i * 8, 8);
		fields[i] = (uint32_t)strtoul(digits, &end, 16);
		if (end != digits + 8)
			return damaged(input, "a number that is none", err);
	}
	return 0;
}

static bool type_of(uint32_t mode, enum inode_type *type)
{
	static const struct {
		uint32_t mode;
		enum inode_type type;
	} types[] = {
		{ 0100000, INODE_FILE },    { 0040000, INODE_DIRECTORY },
		{ 0120000, INODE_SYMLINK }, { 0020000, INODE_CHAR },
		{ 0060000, INODE_BLOCK },   { 0010000, INODE_FIFO },
	};

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (types[i].mode != (mode & TYPE_MASK))
			continue;
		*type = types[i].type;
		return true;
	}
	return false;
}

static int take_content(struct input *input, struct inode *inode, uint32_t size,
			struct err *err)
{
	struct spool *spool = &input->image->spool;
	SCOPED(sha256) hash = { 0 };
	const char *data = NULL;
	size_t got = 0;

	inode->content =
		(struct content){ .offset = spool->size_bytes, .length = size };
	sha256_start(&hash);
	for (uint32_t left = size; left > 0; left -= (uint32_t)got) {
		if (take(input, left, &data, &got, err) < 0)
			return -1;
		if (got == 0)
			return damaged(input, "it ends in the middle", err);
		sha256_add(&hash, data, got);
		if (spool_add(spool, data, got, err) < 0)
			return -1;
	}
	inode->content.source = sha256_finish(&hash);
	return 0;
}

static int take_target(struct input *input, struct inode *inode, uint32_t size,
		       struct err *err)
{
	char target[TREE_MAX_PATH + 1];

	if (size == 0 || size > TREE_MAX_PATH)
		return damaged(input,
			       "a link without or with a too long target", err);
	if (take_all(input, target, size, err) < 0)
		return -1;
	inode->target = arena_text(&input->image->tree.arena, target, size);
	return 0;
}

/*
 * What an earlier name of the archive has under this number: its mark is the
 * inode. The numbers are kept as names of a tree, which finds them fast.
 */
static struct inode *link_slot(struct input *input, const uint32_t *fields)
{
	struct tree *links = &input->links;
	SCOPED_FREE char *key =
		xasprintf("%x:%x:%x:%o", fields[CPIO_MAJOR], fields[CPIO_MINOR],
			  fields[CPIO_INO], fields[CPIO_MODE] & TYPE_MASK);
	struct tree_node *node = tree_child(links, links->root, key);

	if (!node)
		node = tree_put(links, links->root, key,
				tree_inode_new(links, INODE_FILE, 0));
	return node->inode;
}

static int make_inode(struct input *input, const uint32_t *fields,
		      struct inode **inode, struct err *err)
{
	enum inode_type type;

	if (!type_of(fields[CPIO_MODE], &type))
		return damaged(input, "an entry of unknown type", err);
	*inode = tree_inode_new(&input->image->tree, type,
				fields[CPIO_MODE] & 07777);
	(*inode)->uid = fields[CPIO_UID];
	(*inode)->gid = fields[CPIO_GID];
	(*inode)->mtime = fields[CPIO_MTIME];
	if (type == INODE_CHAR || type == INODE_BLOCK) {
		(*inode)->rdev_major = fields[CPIO_RDEV_MAJOR];
		(*inode)->rdev_minor = fields[CPIO_RDEV_MINOR];
	}
	return 0;
}

static int take_body(struct input *input, const uint32_t *fields,
		     struct inode *inode, struct err *err)
{
	uint32_t size = fields[CPIO_SIZE];

	if (inode->type == INODE_FILE && size)
		return take_content(input, inode, size, err);
	if (inode->type == INODE_SYMLINK)
		return take_target(input, inode, size, err);
	return size ? damaged(input, "content where none can be", err) : 0;
}

/* The inode of an entry: an earlier one's when it is a hard link. NULL: err. */
static struct inode *find_inode(struct input *input, const uint32_t *fields,
				struct err *err)
{
	struct inode *slot = NULL;
	struct inode *inode = NULL;

	if (fields[CPIO_LINKS] > 1 &&
	    (fields[CPIO_MODE] & TYPE_MASK) == 0100000)
		slot = link_slot(input, fields);
	if (slot && slot->mark)
		return (struct inode *)(uintptr_t)slot->mark;
	if (make_inode(input, fields, &inode, err) < 0)
		return NULL;
	if (slot)
		slot->mark = (uintptr_t)inode;
	return inode;
}

static int put_entry(struct input *input, const uint32_t *fields,
		     const char *path, struct err *err)
{
	struct tree *tree = &input->image->tree;
	struct inode *inode = find_inode(input, fields, err);
	struct tree_node *parent;
	const char *name;

	if (!inode || take_body(input, fields, inode, err) < 0)
		return -1;
	if (strcmp(path, ".") == 0)
		return 0;
	if (tree_parent_of(tree, tree->root, path, &parent, &name, err) < 0)
		return err_wrap(err, "%s", input->name);
	tree_put(tree, parent, name, inode);
	return 0;
}

/* One entry; `*ended` at the trailer. */
static int take_entry(struct input *input, bool *ended, struct err *err)
{
	char text[HEADER_BYTES];
	char path[TREE_MAX_PATH + 1];
	uint32_t fields[CPIO_FIELDS] = { 0 };

	if (take_all(input, text, sizeof(text), err) < 0 ||
	    parse_header(input, text, fields, err) < 0)
		return -1;
	if (fields[CPIO_NAME_SIZE] < 1 || fields[CPIO_NAME_SIZE] > sizeof(path))
		return damaged(input, "a name without or with a too long text",
			       err);
	if (take_all(input, path, fields[CPIO_NAME_SIZE], err) < 0 ||
	    align(input, err) < 0)
		return -1;
	path[fields[CPIO_NAME_SIZE] - 1] = '\0';
	*ended = strcmp(path, "TRAILER!!!") == 0;
	if (*ended)
		return 0;
	if (put_entry(input, fields, path, err) < 0)
		return -1;
	return align(input, err);
}

static int take_archive(struct input *input, struct err *err)
{
	SCOPED_FREE char *location =
		xasprintf("archive[%u]", input->archives++);
	bool ended = false;

	if (input->archives > ARCHIVES_MAX)
		return damaged(input, "more archives than anybody makes", err);
	image_begin_segment(input->image, location, input->name);
	tree_release(&input->links);
	tree_init(&input->links);
	while (!ended)
		if (take_entry(input, &ended, err) < 0)
			return -1;
	return 0;
}

/* Archive after archive, up to the end or to what is no archive. */
static int take_archives(struct input *input, bool *ended, struct err *err)
{
	char first = '\0';

	for (;;) {
		if (skip_zeros(input, ended, &first, err) < 0)
			return -1;
		if (*ended)
			return 0;
		push_back(input);
		if (first != '0')
			return 0;
		if (take_archive(input, err) < 0)
			return -1;
	}
}

static int reader_at(struct reader **reader, int fd, uint64_t offset,
		     const char *name, struct err *err)
{
	int copy = dup(fd);

	if (copy < 0)
		return err_sys(err, "read %s", name);
	*reader = reader_from_fd_adopt(copy);
	if (lseek(copy, (off_t)offset, SEEK_SET) < 0)
		return err_sys(err, "read %s", name);
	return 0;
}

/* Goes on with what is compressed, from where the plain archives end. */
static int take_compressed(struct input *input, int fd, struct err *err)
{
	SCOPED_READER struct reader *file = NULL;
	SCOPED_READER struct reader *plain = NULL;
	bool ended;

	if (reader_at(&file, fd, input->consumed, input->name, err) < 0)
		return -1;
	plain = reader_inflated(file, ROOT_MAX_BYTES);
	input->from = plain;
	input->next = input->size = 0;
	input->consumed = 0;
	if (take_archives(input, &ended, err) < 0)
		return -1;
	return ended ? 0 : damaged(input, "what follows is no archive", err);
}

int reread_initrd(struct image *image, int fd, const char *name,
		  struct err *err)
{
	SCOPED_READER struct reader *file = NULL;
	SCOPED(input)
	input = { .image = image, .name = name, .chunk = xmalloc(CHUNK_BYTES) };
	bool ended;

	tree_init(&input.links);
	if (reader_at(&file, fd, 0, name, err) < 0)
		return -1;
	input.from = file;
	if (take_archives(&input, &ended, err) < 0)
		return -1;
	return ended ? 0 : take_compressed(&input, fd, err);
}
