/* SPDX-License-Identifier: Apache-2.0 */
/* Paths in the tree, with symbolic links followed inside it. */
#include "cmd/lib/image/tree.h"

#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/mem.h"

#define MAX_LINKS 40 /* as Linux: path_resolution(7) */

/* A walk: where it stands and what of the path is left. */
struct walk {
	const struct tree *tree;
	const struct tree_node *base;
	struct tree_node *at;
	struct buf rest;
	size_t next;
	unsigned links;
};

static void walk_release(struct walk *walk)
{
	buf_release(&walk->rest);
}

/* The next component, or NULL at the end; it is cut out of `rest`. */
static char *take_component(struct walk *walk)
{
	char *start, *end;

	while (walk->next < walk->rest.size &&
	       walk->rest.data[walk->next] == '/')
		walk->next++;
	if (walk->next >= walk->rest.size)
		return NULL;
	start = walk->rest.data + walk->next;
	end = strchr(start, '/');
	walk->next += end ? (size_t)(end - start) + 1 : strlen(start);
	if (end)
		*end = '\0';
	return start;
}

static bool more(const struct walk *walk)
{
	for (size_t i = walk->next; i < walk->rest.size; i++)
		if (walk->rest.data[i] != '/')
			return true;
	return false;
}

/* Puts a link's target in front of what is left of the path. */
static bool enter_link(struct walk *walk, const char *target)
{
	SCOPED(buf) path = { .max_bytes = 2 * TREE_MAX_PATH + 2 };

	if (++walk->links > MAX_LINKS ||
	    !buf_try_add(&path, target, strlen(target)) ||
	    !buf_try_add(&path, "/", 1) ||
	    !buf_try_add(&path, walk->rest.data + walk->next,
			 walk->rest.size - walk->next))
		return false;
	if (*target == '/')
		walk->at = (struct tree_node *)(uintptr_t)walk->base;
	buf_release(&walk->rest);
	walk->rest = path;
	path = (struct buf){ 0 };
	walk->next = 0;
	return true;
}

/* One component of a lookup. False: it leads nowhere. */
static bool step(struct walk *walk, const char *name, bool follow)
{
	struct tree_node *child;

	if (strcmp(name, ".") == 0)
		return true;
	if (strcmp(name, "..") == 0) {
		if (walk->at != walk->base && walk->at->parent)
			walk->at = walk->at->parent;
		return true;
	}
	child = tree_child(walk->tree, walk->at, name);
	if (!child)
		return false;
	if (child->inode->type == INODE_SYMLINK && (follow || more(walk)))
		return enter_link(walk, child->inode->target);
	walk->at = child;
	return true;
}

struct tree_node *tree_lookup(const struct tree *tree,
			      const struct tree_node *base, const char *path,
			      bool follow)
{
	SCOPED(walk)
	walk = {
		.tree = tree,
		.base = base,
		.at = (struct tree_node *)(uintptr_t)base,
	};
	const char *name;

	buf_add_str(&walk.rest, path);
	while ((name = take_component(&walk)))
		if (walk.at->inode->type != INODE_DIRECTORY ||
		    !step(&walk, name, follow))
			return NULL;
	return walk.at;
}

/*
 * Goes down one level on the way to a parent, making the directory when it is
 * missing or something else than a directory or a link to one.
 */
static struct tree_node *descend(struct tree *tree, struct tree_node *base,
				 struct tree_node *at, const char *name)
{
	struct tree_node *child = tree_child(tree, at, name);
	SCOPED(buf) path = { 0 };
	struct tree_node *stop = base;

	if (!child || (child->inode->type != INODE_DIRECTORY &&
		       child->inode->type != INODE_SYMLINK))
		return tree_put(tree, at, name,
				tree_inode_new(tree, INODE_DIRECTORY, 0755));
	if (child->inode->type == INODE_DIRECTORY)
		return child;
	/* The link's path counted from base, so that ".." stops there. */
	for (struct tree_node *node = child; node != stop;
	     node = node->parent) {
		SCOPED_FREE char *tail = buf_take(&path);

		buf_add_fmt(&path, "%s%s%s", node->name, *tail ? "/" : "",
			    tail);
	}
	child = tree_lookup(tree, base, buf_text(&path), true);
	return child && child->inode->type == INODE_DIRECTORY ? child : NULL;
}

static int too_long(const char *path, struct err *err)
{
	return err_set(err, FAULT_INPUT,
		       "the path %.60s... is longer than %d bytes", path,
		       TREE_MAX_PATH);
}

static int check_component(const char *name, const char *path, struct err *err)
{
	if (strcmp(name, "..") == 0)
		return err_set(err, FAULT_INPUT, "the path %.200s holds '..'",
			       path);
	if (strlen(name) > TREE_MAX_NAME)
		return err_set(
			err, FAULT_INPUT,
			"the path %.60s... has a name longer than %d bytes",
			path, TREE_MAX_NAME);
	return 0;
}

int tree_parent_of(struct tree *tree, struct tree_node *base, const char *path,
		   struct tree_node **parent, const char **name,
		   struct err *err)
{
	SCOPED(walk) walk = { .tree = tree, .base = base, .at = base };
	char *component;

	if (strlen(path) > TREE_MAX_PATH)
		return too_long(path, err);
	buf_add_str(&walk.rest, path);
	*name = NULL;
	*parent = base;
	while ((component = take_component(&walk))) {
		if (strcmp(component, ".") == 0)
			continue;
		if (check_component(component, path, err) < 0)
			return -1;
		if (*name)
			*parent = descend(tree, base, *parent, *name);
		if (!*parent)
			return err_set(
				err, FAULT_INPUT,
				"%s goes through a symbolic link that leads nowhere",
				path);
		if ((*parent)->path_bytes + 1 + strlen(component) >
		    base->path_bytes + TREE_MAX_PATH)
			return too_long(path, err);
		*name = arena_text(&tree->arena, component, strlen(component));
	}
	if (!*name)
		return err_set(err, FAULT_INPUT, "an empty path");
	return 0;
}
