/* SPDX-License-Identifier: Apache-2.0 */
/* One tree put into another. */
#include "cmd/lib/image/graft.h"

#include <string.h>

#include "cmd/lib/base/buf.h"

/*
 * While a graft runs, the mark of a source inode is the node made for a
 * directory and the inode made for anything else.
 */
static struct tree_node *made_directory(const struct tree_node *source)
{
	return (struct tree_node *)(uintptr_t)source->inode->mark;
}

static const char *copy_text(struct tree *to, const char *text)
{
	return text ? arena_text(&to->arena, text, strlen(text)) : NULL;
}

static const struct inode_extra *copy_extra(struct tree *to,
					    const struct inode_extra *from)
{
	struct inode_extra *extra;

	if (!from)
		return NULL;
	extra = arena_alloc(&to->arena, sizeof(*extra));
	*extra = *from;
	extra->uname = copy_text(to, from->uname);
	extra->gname = copy_text(to, from->gname);
	return extra;
}

static struct inode *copy_inode(struct tree *to, const struct inode *from)
{
	struct inode *inode = tree_inode_new(to, from->type, from->mode);

	inode->uid = from->uid;
	inode->gid = from->gid;
	inode->mtime = from->mtime;
	inode->rdev_major = from->rdev_major;
	inode->rdev_minor = from->rdev_minor;
	inode->content = from->content;
	inode->extra = copy_extra(to, from->extra);
	inode->target = copy_text(to, from->target);
	for (const struct xattr *x = from->xattrs; x; x = x->next)
		tree_set_xattr(to, inode, x->name, x->value, x->size);
	return inode;
}

static int graft_directory(struct tree *to, struct tree_node *parent,
			   struct tree_node *source)
{
	struct tree_node *old = tree_child(to, parent, source->name);
	SCOPED(buf) path = { 0 };

	if (old && old->inode->type == INODE_SYMLINK) {
		tree_path(old, &path);
		old = tree_lookup(to, to->root, buf_text(&path), true);
		if (!old || old->inode->type != INODE_DIRECTORY)
			return -1;
	} else {
		old = tree_put(to, parent, source->name,
			       copy_inode(to, source->inode));
	}
	source->inode->mark = (uintptr_t)old;
	return 0;
}

static int graft_other(struct tree *to, struct tree_node *parent,
		       struct tree_node *source)
{
	const struct tree_node *old = tree_child(to, parent, source->name);
	struct inode *inode = (struct inode *)(uintptr_t)source->inode->mark;

	if (old && old->first_child)
		return -1;
	if (!inode)
		inode = copy_inode(to, source->inode);
	source->inode->mark = (uintptr_t)inode;
	tree_put(to, parent, source->name, inode);
	return 0;
}

static int conflict(const struct tree_node *source, const char *what,
		    struct err *err)
{
	SCOPED(buf) path = { 0 };

	tree_path(source, &path);
	return err_set(
		err, FAULT_INPUT,
		source->inode->type == INODE_DIRECTORY
			? "%s: the directory %s meets a symbolic link that leads to none"
			: "%s: %s would replace a directory that is not empty",
		what, buf_text(&path));
}

int tree_graft(struct tree *to, struct tree_node *base, struct tree *from,
	       const char *what, struct err *err)
{
	for (struct tree_node *n = tree_first(from); n; n = tree_next(n))
		n->inode->mark = 0;
	tree_first(from)->inode->mark = (uintptr_t)base;
	if (base != to->root) {
		base->inode = copy_inode(to, tree_first(from)->inode);
		base->inode->links = 1;
	}
	for (struct tree_node *n = tree_next(tree_first(from)); n;
	     n = tree_next(n)) {
		struct tree_node *parent = made_directory(n->parent);
		bool directory = n->inode->type == INODE_DIRECTORY;

		if ((directory ? graft_directory : graft_other)(to, parent, n) <
		    0)
			return conflict(n, what, err);
	}
	return 0;
}
