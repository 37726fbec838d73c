/* SPDX-License-Identifier: Apache-2.0 */
/* A layer in memory, the tree it is applied to, and what should come of it. */
#pragma once

#include "tests/unit/unit.h"

#include "cmd/lib/image/layer.h"
#include "tests/unit/tarfix.h"

struct bytes {
	struct reader reader;
	const struct buf *buf;
	size_t next;
};

static int bytes_read(struct reader *reader, void *data, size_t size,
		      size_t *got, struct err *err)
{
	struct bytes *self = (struct bytes *)reader;

	(void)err;
	*got = self->buf->size - self->next;
	if (*got > size)
		*got = size;
	memcpy(data, buf_text(self->buf) + self->next, *got);
	self->next += *got;
	return 0;
}

/* A tree and the layers that are put on it. */
struct place {
	struct tree tree;
	struct spool spool;
	struct buf tar;
	struct err err;
};

static void place_release(struct place *place)
{
	tree_release(&place->tree);
	spool_release(&place->spool);
	buf_release(&place->tar);
	err_release(&place->err);
}

static void place_make(struct place *place)
{
	*place = (struct place){ .spool = SPOOL_INIT };
	tree_init(&place->tree);
	if (spool_open(&place->spool, &place->err) < 0)
		UNIT_FAIL("%s", place->err.msg);
}

#define PLACE(name)                                                            \
	SCOPED(place) name = { 0 };                                            \
	place_make(&name)

/* Applies what was added to place->tar as a layer of its own. */
static int apply(struct place *place)
{
	struct bytes bytes = { .reader.read = bytes_read, .buf = &place->tar };
	struct layer layer = { .name = "layer", .whiteouts = true };
	int result;

	layer.digest = sha256_of(buf_text(&place->tar), place->tar.size);
	result = layer_apply(&place->tree, place->tree.root, &layer,
			     &bytes.reader, &place->spool, &place->err);
	buf_clear(&place->tar);
	return result;
}

static void apply_ok(struct place *place)
{
	tarfix_end(&place->tar);
	if (apply(place) < 0)
		UNIT_FAIL("%s", place->err.msg);
}

#define ADD(place, ...)                                                        \
	tarfix_add(&(place).tar, &(struct tarfix){ __VA_ARGS__ })
#define LAYER(place, ...)                                                      \
	do {                                                                   \
		static const struct tarfix entries_[] = { __VA_ARGS__ };       \
		for (size_t i_ = 0; i_ < ARRAY_LEN(entries_); i_++)            \
			tarfix_add(&(place).tar, &entries_[i_]);               \
		apply_ok(&(place));                                            \
	} while (0)
#define DIR_TYPE .type = '5', .mode = 0755

static void describe(struct place *place, const struct tree_node *node,
		     struct buf *list)
{
	SCOPED(buf) content = { 0 };
	SCOPED(buf) path = { 0 };

	tree_path(node, &path);
	buf_add_str(list, buf_text(&path));
	if (node->inode->type == INODE_SYMLINK)
		buf_add_fmt(list, ">%s", node->inode->target);
	if (node->inode->type == INODE_DIRECTORY)
		buf_add_char(list, '/');
	if (node->inode->type != INODE_FILE)
		return;
	if (spool_load(&place->spool, &node->inode->content, &content,
		       &place->err) < 0)
		UNIT_FAIL("%s", place->err.msg);
	buf_add_fmt(list, "=%s", buf_text(&content));
}

/* Everything in order: file=content link>target directory/ */
static void check_tree(struct place *place, const char *wanted)
{
	SCOPED(buf) list = { 0 };

	for (struct tree_node *n = tree_next(tree_first(&place->tree)); n;
	     n = tree_next(n)) {
		if (list.size)
			buf_add_char(&list, ' ');
		describe(place, n, &list);
	}
	CHECK_STR(buf_text(&list), wanted);
}

static void check_refused(struct place *place, const char *wanted)
{
	tarfix_end(&place->tar);
	CHECK_INT(apply(place), -1);
	CHECK_INT(place->err.fault, FAULT_INPUT);
	if (!strstr(place->err.msg, wanted))
		UNIT_FAIL("'%s' does not say '%s'", place->err.msg, wanted);
}
