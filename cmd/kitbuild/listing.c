/* SPDX-License-Identifier: Apache-2.0 */
/* Names of a tree as people and programs read them. */
#include "cmd/kitbuild/listing.h"

#include <string.h>

#include "cmd/lib/base/buf.h"

static const struct {
	char letter;
	const char *word;
} types[] = {
	[INODE_FILE] = { '-', "file" },
	[INODE_DIRECTORY] = { 'd', "directory" },
	[INODE_SYMLINK] = { 'l', "symlink" },
	[INODE_CHAR] = { 'c', "char" },
	[INODE_BLOCK] = { 'b', "block" },
	[INODE_FIFO] = { 'p', "fifo" },
};

const char *listing_mode(const struct inode *inode,
			 char text[LISTING_MODE_SIZE])
{
	static const struct {
		unsigned bit, execute;
		unsigned at;
		const char *letters; /* with and without the right to execute */
	} special[] = {
		{ 04000, 0100, 3, "sS" },
		{ 02000, 0010, 6, "sS" },
		{ 01000, 0001, 9, "tT" },
	};

	memcpy(text, "-rwxrwxrwx", LISTING_MODE_SIZE);
	text[0] = types[inode->type].letter;
	for (unsigned i = 0; i < 9; i++)
		if ((inode->mode & (0400U >> i)) == 0)
			text[i + 1] = '-';
	for (size_t i = 0; i < ARRAY_LEN(special); i++) {
		const char *letters = special[i].letters;

		if ((inode->mode & special[i].bit) == 0)
			continue;
		if ((inode->mode & special[i].execute) == 0)
			letters++;
		text[special[i].at] = *letters;
	}
	return text;
}

static void add_plain(struct buf *to, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f || c == '\\')
			buf_add_fmt(to, "\\x%02x", c);
		else
			buf_add_char(to, *text);
	}
}

char *listing_path(const struct tree_node *node)
{
	SCOPED(buf) path = { 0 };
	SCOPED(buf) plain = { 0 };

	tree_path(node, &path);
	add_plain(&plain, buf_text(&path));
	if (node->inode->type == INODE_SYMLINK) {
		buf_add_str(&plain, " -> ");
		add_plain(&plain, node->inode->target);
	}
	return buf_take(&plain);
}

const char *listing_type(const struct inode *inode)
{
	return types[inode->type].word;
}

/* What is no UTF-8 is written as add_plain does. */
static json_t *text_json(const char *text)
{
	json_t *json = json_string(text);
	SCOPED(buf) plain = { 0 };

	if (json)
		return json;
	for (; *text; text++)
		buf_add_fmt(&plain,
			    (unsigned char)*text < 0x80 ? "%c" : "\\x%02x",
			    (unsigned char)*text);
	return json_string(buf_text(&plain));
}

json_t *listing_json(const struct tree_node *node, const char *from,
		     uint64_t size_bytes)
{
	const struct inode *inode = node->inode;
	json_t *json = json_object();
	SCOPED(buf) path = { 0 };
	SCOPED(buf) mode = { 0 };

	tree_path(node, &path);
	buf_add_fmt(&mode, "%04o", inode->mode);
	json_object_set_new(json, "path", text_json(buf_text(&path)));
	json_object_set_new(json, "type", json_string(listing_type(inode)));
	json_object_set_new(json, "mode", json_string(buf_text(&mode)));
	json_object_set_new(json, "uid", json_integer(inode->uid));
	json_object_set_new(json, "gid", json_integer(inode->gid));
	json_object_set_new(json, "size", json_integer((json_int_t)size_bytes));
	json_object_set_new(json, "mtime", json_integer(inode->mtime));
	if (inode->type == INODE_SYMLINK)
		json_object_set_new(json, "target", text_json(inode->target));
	if (from)
		json_object_set_new(json, "from", json_string(from));
	return json;
}
