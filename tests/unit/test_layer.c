/* SPDX-License-Identifier: Apache-2.0 */
/* Layers: whiteouts, links, duplicates, and what is refused. */
/* links: lib */
#include "tests/unit/layerfix.h"

TEST(entries_become_names_with_metadata_and_content)
{
	PLACE(p);
	const struct inode *inode;

	LAYER(p, { "./d/", DIR_TYPE }, { "d/f", .text = "hi", .uid = 5 },
	      { "l", '2', "d/f" }, { "c", '3' }, { "b", '4' }, { "p", '6' });
	check_tree(&p, "d/ d/f=hi l>d/f c b p");
	inode = tree_lookup(&p.tree, p.tree.root, "d/f", false)->inode;
	CHECK_INT(inode->mode, 0644);
	CHECK_INT(inode->uid, 5);
	CHECK_INT(inode->mtime, 5);
	inode = tree_lookup(&p.tree, p.tree.root, "c", false)->inode;
	CHECK_INT(inode->type, INODE_CHAR);
	CHECK_INT(inode->rdev_major, 1);
	CHECK_INT(inode->rdev_minor, 3);
}

TEST(the_last_duplicate_wins)
{
	PLACE(p);

	LAYER(p, { "a", .text = "1" }, { "b", .text = "2" },
	      { "a", .text = "3" });
	check_tree(&p, "b=2 a=3");
}

TEST(a_directory_may_become_a_file_and_back)
{
	PLACE(p);

	LAYER(p, { "a/x", .text = "1" }, { "a", .text = "2" },
	      { "a/y", .text = "3" });
	check_tree(&p, "a/ a/y=3");
}

TEST(a_whiteout_removes_what_lower_layers_made)
{
	PLACE(p);

	LAYER(p, { "d/a", .text = "1" }, { "d/b", .text = "2" });
	LAYER(p, { "d/.wh.a" });
	check_tree(&p, "d/ d/b=2");
	LAYER(p, { ".wh.d" });
	check_tree(&p, "");
}

TEST(a_whiteout_spares_its_own_layer_in_either_order)
{
	PLACE(p);
	PLACE(q);

	LAYER(p, { "a", .text = "old" });
	LAYER(p, { "a", .text = "new" }, { ".wh.a" });
	check_tree(&p, "a=new");
	LAYER(q, { "a", .text = "old" });
	LAYER(q, { ".wh.a" }, { "a", .text = "new" });
	check_tree(&q, "a=new");
}

TEST(an_opaque_directory_forgets_lower_layers_in_either_order)
{
	PLACE(p);
	PLACE(q);

	LAYER(p, { "d/old", .text = "1" }, { "e" });
	LAYER(p, { "d/new", .text = "2" }, { "d/.wh..wh..opq" });
	check_tree(&p, "d/ e= d/new=2");
	LAYER(q, { "d/old", .text = "1" }, { "e" });
	LAYER(q, { "d/.wh..wh..opq" }, { "d/new", .text = "2" });
	check_tree(&q, "d/ e= d/new=2");
}

TEST(a_whiteout_of_what_is_not_there_changes_nothing)
{
	PLACE(p);

	LAYER(p, { "f", .text = "1" });
	LAYER(p, { ".wh.none" }, { "f/.wh.x" }, { "none/.wh.x" },
	      { "none/.wh..wh..opq" });
	check_tree(&p, "f=1");
}

TEST(a_whiteout_goes_through_links_inside_the_tree)
{
	PLACE(p);

	LAYER(p, { "usr/etc/victim" }, { "etc", '2', "/usr/etc" });
	LAYER(p, { "etc/.wh.victim" });
	check_tree(&p, "usr/ usr/etc/ etc>/usr/etc");
}

TEST(a_whiteout_has_a_name)
{
	PLACE(p);

	LAYER(p, { "d/", DIR_TYPE });
	ADD(p, "d/.wh.");
	check_refused(&p, "a whiteout without a name");
	ADD(p, ".wh...");
	check_refused(&p, "a whiteout without a name");
}

TEST(hard_links_cross_layers)
{
	PLACE(p);

	LAYER(p, { "a", .text = "1" });
	LAYER(p, { "b", '1', "a" }, { "c", '1', "./b" });
	check_tree(&p, "a=1 b=1 c=1");
	CHECK_INT(tree_child(&p.tree, p.tree.root, "c")->inode->links, 3);
	LAYER(p, { "a", .text = "2" });
	check_tree(&p, "b=1 c=1 a=2");
}

TEST(a_hard_link_to_a_symbolic_link_shares_it)
{
	PLACE(p);

	LAYER(p, { "l", '2', "nowhere" }, { "m", '1', "l" });
	check_tree(&p, "l>nowhere m>nowhere");
}

TEST(a_payload_of_a_hard_link_is_not_written_to_its_target)
{
	PLACE(p);

	LAYER(p, { "a", .text = "kept" }, { "b", '1', "a" });
	ADD(p, "a2", .text = "x");
	tarfix_header(&p.tar, &(struct tarfix){ "h", '1', "a" }, 0);
	apply_ok(&p);
	check_tree(&p, "a=kept b=kept a2=x h=kept");
}

TEST(hard_links_to_nothing_directories_or_themselves_are_refused)
{
	PLACE(p);

	ADD(p, "b", '1', "none");
	check_refused(&p, "a hard link to what is not there");
	ADD(p, "d/", DIR_TYPE);
	ADD(p, "b", '1', "d");
	check_refused(&p, "a hard link to a directory");
	ADD(p, "f");
	ADD(p, "f", '1', "f");
	check_refused(&p, "a hard link to itself");
	ADD(p, "b", '1', "../../../etc/passwd");
	check_refused(&p, "holds '..'");
}

TEST(names_that_climb_are_refused)
{
	static const char *const names[] = { "../x", "a/../../x", "..", "/../x",
					     "a/.." };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		PLACE(p);

		ADD(p, names[i]);
		check_refused(&p, "holds '..'");
	}
}

TEST(absolute_names_are_taken_from_the_root)
{
	PLACE(p);

	LAYER(p, { "/a", .text = "1" }, { "//b//c", .text = "2" });
	check_tree(&p, "a=1 b/ b/c=2");
}

TEST(a_file_through_a_link_stays_inside)
{
	PLACE(p);

	LAYER(p, { "etc/", DIR_TYPE }, { "a", '2', "/etc" },
	      { "up", '2', "../../.." }, { "a/x", .text = "1" },
	      { "up/y", .text = "2" });
	check_tree(&p, "etc/ a>/etc up>../../.. etc/x=1 y=2");
	ADD(p, "bad", '2', "/nowhere");
	ADD(p, "bad/x");
	check_refused(&p, "leads nowhere");
}

TEST(a_directory_entry_replaces_a_link_and_spares_its_target)
{
	PLACE(p);

	LAYER(p, { "dir/", DIR_TYPE }, { "foo", '2', "dir" },
	      { "foo/", '5', .mode = 0700 });
	check_tree(&p, "dir/ foo/");
	CHECK_INT(tree_child(&p.tree, p.tree.root, "dir")->inode->mode, 0755);
}

TEST(the_root_can_only_be_a_directory)
{
	PLACE(p);

	LAYER(p, { "./", '5', .mode = 0700 });
	CHECK_INT(p.tree.root->inode->mode, 0700);
	ADD(p, "/.", '2', "/etc");
	check_refused(&p, "the root can only be a directory");
	ADD(p, ".", .text = "x");
	check_refused(&p, "the root can only be a directory");
	ADD(p, ".", '1', "x");
	check_refused(&p, "the root can only be a directory");
}

TEST(a_parent_that_is_a_file_is_replaced)
{
	PLACE(p);

	LAYER(p, { "a", .text = "1" });
	LAYER(p, { "a/b", .text = "2" });
	check_tree(&p, "a/ a/b=2");
}

TEST(long_names_are_refused)
{
	PLACE(p);
	static char name[5000];

	memset(name, 'x', sizeof(name));
	tarfix_pax(&p.tar, "path", name, 256);
	ADD(p, "x");
	check_refused(&p, "longer than 255 bytes");
	for (size_t i = 0; i < sizeof(name); i += 100)
		name[i] = '/';
	tarfix_pax(&p.tar, "path", name, sizeof(name));
	ADD(p, "x");
	check_refused(&p, "the path is too long (--limit path)");
}

TEST(names_are_bytes)
{
	PLACE(p);

	/* composed, decomposed, and no UTF-8 at all */
	tarfix_pax(&p.tar, "path", "\xc3\xa9", 2);
	ADD(p, "x");
	tarfix_pax(&p.tar, "path", "e\xcc\x81", 3);
	ADD(p, "x");
	tarfix_pax(&p.tar, "path", "\xff\xfe", 2);
	ADD(p, "x");
	ADD(p, "\xc3\xa8", '2', "\xe9");
	tarfix_pax(&p.tar, "linkpath", "\xc3\xa9", 2);
	ADD(p, "y", '1', "x");
	apply_ok(&p);
	check_tree(&p, "\xc3\xa9= e\xcc\x81= \xff\xfe= \xc3\xa8>\xe9 y=");
}

TEST(xattrs_are_kept_byte_for_byte)
{
	PLACE(p);
	const struct xattr *xattr;

	tarfix_pax(&p.tar, "SCHILY.xattr.security.capability",
		   "\1\0\0\2\n=", 6);
	ADD(p, "x");
	apply_ok(&p);
	xattr = tree_child(&p.tree, p.tree.root, "x")->inode->xattrs;
	CHECK_STR(xattr->name, "security.capability");
	CHECK_INT(xattr->size, 6);
	CHECK(memcmp(xattr->value, "\1\0\0\2\n=", 6) == 0);
}

TEST(xattrs_have_limits)
{
	PLACE(p);
	static char value[70000];
	static char key[300] = "SCHILY.xattr.";

	tarfix_pax(&p.tar, "SCHILY.xattr.user.big", value, sizeof(value));
	ADD(p, "x");
	check_refused(&p, "too large (--limit xattr)");
	memset(key + 13, 'k', 256);
	tarfix_pax(&p.tar, key, "v", 1);
	ADD(p, "x");
	check_refused(&p, "name is empty, too long");
}

TEST(pax_size_wins_over_the_header)
{
	PLACE(p);
	SCOPED(buf) inner = { 0 };

	tarfix_add(&inner, &(struct tarfix){ "smuggled" });
	tarfix_pax(&p.tar, "size", "512", 3);
	tarfix_header(&p.tar, &(struct tarfix){ "outer" }, 0);
	buf_add(&p.tar, inner.data, inner.size);
	apply_ok(&p);
	CHECK_INT(p.tree.count, 1);
	CHECK_INT(tree_child(&p.tree, p.tree.root, "outer")
			  ->inode->content.length,
		  512);
}

TEST(extensions_that_are_malformed_are_refused)
{
	static const char *const records[] = { "99 path=x\n", "path=x\n",
					       "-1 path=x\n", "10 pathxxx\n" };

	for (size_t i = 0; i < ARRAY_LEN(records); i++) {
		PLACE(p);

		ADD(p, "PaxHeaders/x", 'x', .text = records[i]);
		ADD(p, "x");
		check_refused(&p, "damaged tar");
	}
}

TEST(sizes_owners_and_devices_out_of_range_are_refused)
{
	PLACE(p);

	tarfix_pax(&p.tar, "uid", "4294967296", 10);
	ADD(p, "x");
	check_refused(&p, "the owner is out of range");
	tarfix_pax(&p.tar, "gid", "-1", 2);
	ADD(p, ".", DIR_TYPE);
	check_refused(&p, "out of range");
	tarfix_pax(&p.tar, "SCHILY.devmajor", "99999999", 8);
	ADD(p, "x", '3');
	check_refused(&p, "the device number is out of range");
}

TEST(truncated_archives_are_refused)
{
	PLACE(p);

	ADD(p, "x", .text = "some text");
	p.tar.size = 512 + 8;
	CHECK_INT(apply(&p), -1);
	CHECK_STR(p.err.msg, "layer: damaged tar: it ends within x");
	err_release(&p.err);
	p.tar.size = 0;
	ADD(p, "x", .text = "some text");
	p.tar.size = 300;
	CHECK_INT(apply(&p), -1);
	CHECK(strstr(p.err.msg, "layer: damaged tar: "));
}

TEST(bytes_that_are_no_tar_are_refused)
{
	PLACE(p);

	for (int i = 0; i < 100; i++)
		buf_add_str(&p.tar, "this is not a tar archive. ");
	CHECK_INT(apply(&p), -1);
	CHECK_INT(p.err.fault, FAULT_INPUT);
}

TEST(an_empty_layer_is_fine)
{
	PLACE(p);

	CHECK_INT(apply(&p), 0);
	apply_ok(&p);
	check_tree(&p, "");
}

static void add_sparse(struct buf *tar, const char *map, const char *size,
		       const char *data)
{
	struct tarfix entry = { .name = "PaxHeaders/x", .type = 'x' };
	SCOPED(buf) records = { 0 };
	const char *rows[][2] = { { "GNU.sparse.size", size },
				  { "GNU.sparse.map", map },
				  { "GNU.sparse.name", "sparse" } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		buf_add_fmt(&records, "%zu %s=%s\n",
			    strlen(rows[i][0]) + strlen(rows[i][1]) + 5,
			    rows[i][0], rows[i][1]);
	tarfix_header(tar, &entry, records.size);
	tarfix_block(tar, records.data, records.size);
	tarfix_add(tar, &(struct tarfix){ "x", .text = data });
}

TEST(holes_in_front_between_and_behind_become_zeros)
{
	PLACE(p);
	SCOPED(buf) content = { 0 };

	add_sparse(&p.tar, "2,2,6,1", "00000010", "abc");
	apply_ok(&p);
	CHECK_INT(spool_load(&p.spool,
			     &tree_child(&p.tree, p.tree.root, "sparse")
				      ->inode->content,
			     &content, &p.err),
		  0);
	CHECK_INT(content.size, 10);
	CHECK(memcmp(content.data, "\0\0ab\0\0c\0\0\0", 10) == 0);
}

TEST(holes_without_end_are_refused)
{
	PLACE(p);

	add_sparse(&p.tar, "0,3", "99999999999999", "abc");
	check_refused(&p, "holes add up to more than 1 GiB");
}

TEST(a_plain_tar_has_no_whiteouts)
{
	PLACE(p);
	struct bytes bytes = { .reader.read = bytes_read, .buf = &p.tar };
	struct layer layer = { .name = "tar" };

	ADD(p, ".wh.a", .text = "1");
	tarfix_end(&p.tar);
	CHECK_INT(layer_apply(&p.tree, p.tree.root, &layer, &bytes.reader,
			      &p.spool, &p.err),
		  0);
	check_tree(&p, ".wh.a=1");
}

TEST(equal_content_of_equal_layers_has_the_same_source)
{
	PLACE(p);
	PLACE(q);
	const struct inode *a, *b;

	LAYER(p, { "a", .text = "1" });
	LAYER(q, { "before", .text = "0" });
	LAYER(q, { "a", .text = "1" });
	a = tree_child(&p.tree, p.tree.root, "a")->inode;
	b = tree_child(&q.tree, q.tree.root, "a")->inode;
	CHECK(digest_equal(&a->content.source, &b->content.source));
	CHECK_INT(a->content.source_offset, b->content.source_offset);
}
