/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of names: put, order, lookup, graft. */
/* links: lib */
#include "tests/unit/unit.h"

#include "cmd/lib/base/buf.h"
#include "cmd/lib/image/graft.h"

static struct tree tree_made(void)
{
	struct tree tree;

	tree_init(&tree);
	return tree;
}

static struct tree_node *put(struct tree *tree, const char *path,
			     enum inode_type type, const char *target)
{
	SCOPED(err) err = { 0 };
	struct inode *inode = tree_inode_new(tree, type, 0644);
	struct tree_node *parent;
	const char *name;

	inode->target = target;
	if (tree_parent_of(tree, tree->root, path, &parent, &name, &err) < 0)
		UNIT_FAIL("%s", err.msg);
	return tree_put(tree, parent, name, inode);
}

static struct tree_node *put_file(struct tree *tree, const char *path)
{
	return put(tree, path, INODE_FILE, NULL);
}

static struct tree_node *put_link(struct tree *tree, const char *path,
				  const char *target)
{
	return put(tree, path, INODE_SYMLINK, target);
}

static struct tree_node *put_dir(struct tree *tree, const char *path)
{
	return put(tree, path, INODE_DIRECTORY, NULL);
}

/* All paths in order, each with a blank behind it. */
static void check_tree(const struct tree *tree, const char *wanted)
{
	SCOPED(buf) list = { 0 };

	for (struct tree_node *n = tree_next(tree_first(tree)); n;
	     n = tree_next(n)) {
		SCOPED(buf) path = { 0 };

		tree_path(n, &path);
		CHECK_INT(path.size, n->path_bytes);
		buf_add_fmt(&list, "%s ", buf_text(&path));
	}
	CHECK_STR(buf_text(&list), wanted);
}

static void check_parent_refused(struct tree *tree, const char *path,
				 const char *wanted)
{
	SCOPED(err) err = { 0 };
	struct tree_node *parent;
	const char *name;

	CHECK_INT(tree_parent_of(tree, tree->root, path, &parent, &name, &err),
		  -1);
	CHECK_INT(err.fault, FAULT_INPUT);
	if (!strstr(err.msg, wanted))
		UNIT_FAIL("'%s' does not say '%s'", err.msg, wanted);
}

TEST(names_stay_in_the_order_they_came)
{
	SCOPED(tree) tree = tree_made();

	put_file(&tree, "z");
	put_file(&tree, "b/c");
	put_file(&tree, "a");
	check_tree(&tree, "z b b/c a ");
}

TEST(a_replaced_file_moves_to_the_end)
{
	SCOPED(tree) tree = tree_made();

	put_file(&tree, "a");
	put_file(&tree, "b");
	put_link(&tree, "a", "b");
	check_tree(&tree, "b a ");
	CHECK_INT(tree.count, 2);
}

TEST(a_directory_over_a_directory_keeps_place_and_children)
{
	SCOPED(tree) tree = tree_made();
	struct inode *inode;

	put_file(&tree, "d/x");
	put_file(&tree, "e");
	inode = tree_inode_new(&tree, INODE_DIRECTORY, 0700);
	tree_put(&tree, tree.root, "d", inode);
	check_tree(&tree, "d d/x e ");
	CHECK_INT(tree_child(&tree, tree.root, "d")->inode->mode, 0700);
}

TEST(a_file_over_a_directory_removes_all_below)
{
	SCOPED(tree) tree = tree_made();

	put_file(&tree, "d/x/y");
	put_file(&tree, "d");
	check_tree(&tree, "d ");
	CHECK(!tree_lookup(&tree, tree.root, "d/x", false));
}

TEST(a_file_in_the_way_becomes_a_directory)
{
	SCOPED(tree) tree = tree_made();

	put_file(&tree, "d");
	put_file(&tree, "d/x");
	check_tree(&tree, "d d/x ");
}

TEST(hard_links_are_names_of_one_inode)
{
	SCOPED(tree) tree = tree_made();
	struct tree_node *a = put_file(&tree, "a");
	struct tree_node *b = tree_put(&tree, tree.root, "b", a->inode);

	CHECK_INT(a->inode->links, 2);
	tree_remove(&tree, a);
	CHECK_INT(b->inode->links, 1);
	tree_put(&tree, tree.root, "b", b->inode);
	CHECK_INT(b->inode->links, 1);
}

TEST(many_names_are_found_again)
{
	SCOPED(tree) tree = tree_made();
	char name[40];

	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "d%d/f%d", i % 7, i);
		put_file(&tree, name);
	}
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "d%d/f%d", i % 7, i);
		CHECK(tree_lookup(&tree, tree.root, name, false));
	}
	CHECK_INT(tree.count, 5007);
}

TEST(links_are_followed_inside_the_tree)
{
	SCOPED(tree) tree = tree_made();
	struct tree_node *file = put_file(&tree, "usr/lib/x");

	put_link(&tree, "lib", "usr/lib");
	put_link(&tree, "abs", "/usr/lib");
	put_link(&tree, "up", "../../../../usr");
	put_link(&tree, "usr/self", ".");
	CHECK(tree_lookup(&tree, tree.root, "lib/x", false) == file);
	CHECK(tree_lookup(&tree, tree.root, "/abs//x", false) == file);
	CHECK(tree_lookup(&tree, tree.root, "up/lib/./x", false) == file);
	CHECK(tree_lookup(&tree, tree.root, "usr/self/self/lib/x", false) ==
	      file);
	CHECK(tree_lookup(&tree, tree.root, "../usr/../lib/x", false) == file);
}

TEST(the_last_link_is_followed_when_asked)
{
	SCOPED(tree) tree = tree_made();
	struct tree_node *file = put_file(&tree, "a");
	struct tree_node *link = put_link(&tree, "l", "a");

	CHECK(tree_lookup(&tree, tree.root, "l", false) == link);
	CHECK(tree_lookup(&tree, tree.root, "l", true) == file);
}

TEST(a_lookup_does_not_leave_its_base)
{
	SCOPED(tree) tree = tree_made();
	struct tree_node *base = put_dir(&tree, "base");

	put_file(&tree, "secret");
	put_link(&tree, "base/abs", "/secret");
	put_link(&tree, "base/up", "../secret");
	CHECK(!tree_lookup(&tree, base, "abs", true));
	CHECK(!tree_lookup(&tree, base, "up", true));
	CHECK(!tree_lookup(&tree, base, "../secret", true));
}

TEST(links_in_a_circle_lead_nowhere)
{
	SCOPED(tree) tree = tree_made();

	put_link(&tree, "a", "b");
	put_link(&tree, "b", "a");
	put_link(&tree, "c", "c/c/c");
	CHECK(!tree_lookup(&tree, tree.root, "a", true));
	CHECK(!tree_lookup(&tree, tree.root, "c", true));
	check_parent_refused(&tree, "a/x", "leads nowhere");
}

TEST(a_file_is_no_directory_on_the_way)
{
	SCOPED(tree) tree = tree_made();

	put_file(&tree, "f");
	CHECK(!tree_lookup(&tree, tree.root, "f/x", false));
	CHECK(!tree_lookup(&tree, tree.root, "f/..", false));
}

TEST(a_parent_is_reached_through_links)
{
	SCOPED(tree) tree = tree_made();

	put_dir(&tree, "usr/bin");
	put_link(&tree, "bin", "usr/bin");
	put_file(&tree, "bin/sh");
	check_tree(&tree, "usr usr/bin bin usr/bin/sh ");
}

TEST(bad_paths_are_refused)
{
	SCOPED(tree) tree = tree_made();
	SCOPED(buf) text = { 0 };

	check_parent_refused(&tree, "", "an empty path");
	check_parent_refused(&tree, "/./", "an empty path");
	check_parent_refused(&tree, "a/../b", "holds '..'");
	check_parent_refused(&tree, "..", "holds '..'");
	for (int i = 0; i < 256; i++)
		buf_add_char(&text, 'x');
	check_parent_refused(&tree, buf_text(&text), "longer than 255 bytes");
	buf_clear(&text);
	for (int i = 0; i < 2100; i++)
		buf_add_str(&text, "x/");
	check_parent_refused(&tree, buf_text(&text), "longer than 4096 bytes");
	put_link(&tree, "gone", "nowhere");
	check_parent_refused(&tree, "gone/x", "leads nowhere");
}

TEST(links_do_not_make_paths_longer_than_allowed)
{
	SCOPED(tree) tree = tree_made();
	SCOPED(buf) deep = { 0 };
	SCOPED(buf) more = { 0 };

	for (int i = 0; i < 1500; i++)
		buf_add_str(&deep, "d/");
	put_dir(&tree, buf_text(&deep));
	put_link(&tree, "deep", buf_text(&deep));
	buf_add_str(&more, "deep/");
	for (int i = 0; i < 600; i++)
		buf_add_str(&more, "e/");
	check_parent_refused(&tree, buf_text(&more), "longer than 4096 bytes");
}

TEST(a_whiteout_takes_older_layers_only)
{
	SCOPED(tree) tree = tree_made();

	put_file(&tree, "d/old");
	put_file(&tree, "d/sub/old");
	tree.layer++;
	put_file(&tree, "d/new");
	tree_whiteout(&tree, tree_child(&tree, tree.root, "d"), false);
	check_tree(&tree, "d d/new ");
	tree_whiteout(&tree, tree_child(&tree, tree.root, "d"), true);
	check_tree(&tree, "d d/new ");
	tree.layer++;
	tree_whiteout(&tree, tree_child(&tree, tree.root, "d"), true);
	check_tree(&tree, "d ");
	tree_whiteout(&tree, tree_child(&tree, tree.root, "d"), false);
}

TEST(xattrs_are_sorted_and_unique)
{
	SCOPED(tree) tree = tree_made();
	struct inode *inode = put_file(&tree, "a")->inode;

	tree_set_xattr(&tree, inode, "user.b", "1", 1);
	tree_set_xattr(&tree, inode, "user.a", "2", 1);
	tree_set_xattr(&tree, inode, "user.b", "333", 3);
	CHECK_STR(inode->xattrs->name, "user.a");
	CHECK_STR(inode->xattrs->next->name, "user.b");
	CHECK_INT(inode->xattrs->next->size, 3);
	CHECK(!inode->xattrs->next->next);
}

static int graft(struct tree *to, struct tree *from, struct err *err)
{
	return tree_graft(to, to->root, from, "image", err);
}

TEST(a_graft_merges_directories_and_replaces_files)
{
	SCOPED(tree) to = tree_made();
	SCOPED(tree) from = tree_made();
	SCOPED(err) err = { 0 };

	put_file(&to, "etc/old");
	put_file(&to, "f");
	put_dir(&from, "etc")->inode->mode = 0700;
	put_link(&from, "f", "etc");
	put_file(&from, "etc/new");
	CHECK_INT(graft(&to, &from, &err), 0);
	check_tree(&to, "etc etc/old f etc/new ");
	CHECK_INT(tree_child(&to, to.root, "etc")->inode->mode, 0700);
	CHECK_STR(tree_child(&to, to.root, "f")->inode->target, "etc");
}

TEST(a_graft_keeps_hard_links)
{
	SCOPED(tree) to = tree_made();
	SCOPED(tree) from = tree_made();
	SCOPED(err) err = { 0 };
	struct tree_node *a = put_file(&from, "a");

	tree_put(&from, from.root, "b", a->inode);
	CHECK_INT(graft(&to, &from, &err), 0);
	CHECK(tree_child(&to, to.root, "a")->inode ==
	      tree_child(&to, to.root, "b")->inode);
	CHECK_INT(tree_child(&to, to.root, "a")->inode->links, 2);
}

TEST(a_directory_goes_through_a_link_to_one)
{
	SCOPED(tree) to = tree_made();
	SCOPED(tree) from = tree_made();
	SCOPED(err) err = { 0 };

	put_dir(&to, "usr/lib");
	put_link(&to, "lib", "usr/lib");
	put_file(&from, "lib/x");
	CHECK_INT(graft(&to, &from, &err), 0);
	check_tree(&to, "usr usr/lib lib usr/lib/x ");
}

TEST(a_directory_that_meets_another_link_is_a_conflict)
{
	SCOPED(tree) to = tree_made();
	SCOPED(tree) from = tree_made();
	SCOPED(err) err = { 0 };

	put_link(&to, "lib", "nowhere");
	put_file(&from, "lib/x");
	CHECK_INT(graft(&to, &from, &err), -1);
	CHECK_STR(
		err.msg,
		"image: the directory lib meets a symbolic link that leads to none");
}

TEST(a_file_does_not_replace_a_full_directory)
{
	SCOPED(tree) to = tree_made();
	SCOPED(tree) from = tree_made();
	SCOPED(err) err = { 0 };

	put_file(&to, "d/x");
	put_dir(&to, "empty");
	put_file(&from, "empty");
	CHECK_INT(graft(&to, &from, &err), 0);
	put_file(&from, "d");
	CHECK_INT(graft(&to, &from, &err), -1);
	CHECK_STR(err.msg,
		  "image: d would replace a directory that is not empty");
}

TEST(what_is_grafted_belongs_to_the_new_segment)
{
	SCOPED(tree) to = tree_made();
	SCOPED(tree) from = tree_made();
	SCOPED(err) err = { 0 };

	put_file(&to, "d/old");
	to.segment = 3;
	put_file(&from, "d/new");
	CHECK_INT(graft(&to, &from, &err), 0);
	CHECK_INT(tree_lookup(&to, to.root, "d/new", false)->segment, 3);
	CHECK_INT(tree_lookup(&to, to.root, "d/old", false)->segment, 0);
}

TEST(the_order_by_layer_is_top_down_with_parents_first)
{
	SCOPED(tree) tree = tree_made();

	tree.layer = 1;
	put_dir(&tree, "low");
	put_file(&tree, "low/b");
	put_file(&tree, "low/a");
	put_dir(&tree, "both");
	tree.layer = 2;
	put_file(&tree, "low/z");
	put_dir(&tree, "both");
	put_file(&tree, "low/a");
	tree_order_by_layer(&tree);
	check_tree(&tree, "low low/z both low/a low/b ");
	put_file(&tree, "new");
	check_tree(&tree, "low low/z both low/a low/b new ");
}
