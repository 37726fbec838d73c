/* SPDX-License-Identifier: Apache-2.0 */
/* Trees as tar and cpio, and the key under which a packed one is kept. */
/* links: lib */
#include "tests/lib/manifest.h"
#include "tests/unit/unit.h"

#include "cmd/lib/base/buf.h"
#include "cmd/lib/build/files.h"
#include "cmd/lib/image/layer.h"
#include "cmd/lib/image/pack.h"
#include "cmd/lib/image/tar.h"

static void place_make(struct image *image)
{
	SCOPED(err) err = { 0 };

	if (image_init(image, &err) < 0)
		UNIT_FAIL("%s", err.msg);
	image_begin_segment(image, "init[0]", "docker.io/library/test");
}

#define IMAGE(name)                                                            \
	SCOPED(image) name = { .spool = SPOOL_INIT };                          \
	place_make(&name)

static struct inode *put_file(struct image *image, const char *path,
			      const char *text)
{
	SCOPED(err) err = { 0 };

	if (image_put_file(image, path, 0644, text, strlen(text), &err) < 0)
		UNIT_FAIL("%s", err.msg);
	return tree_lookup(&image->tree, image->tree.root, path, false)->inode;
}

struct buf_writer {
	struct writer writer;
	struct buf *out;
};

static int buf_write(struct writer *writer, const void *data, size_t size,
		     struct err *err)
{
	(void)err;
	buf_add(((struct buf_writer *)writer)->out, data, size);
	return 0;
}

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

static void write_tar(struct image *image, struct buf *out)
{
	struct buf_writer to = { .writer.write = buf_write, .out = out };
	SCOPED(err) err = { 0 };

	if (tar_write_tree(&to.writer, &image->tree, &image->spool, image,
			   &err) < 0)
		UNIT_FAIL("%s", err.msg);
	CHECK_INT(out->size % 512, 0);
}

/* Everything about every name but its content. */
static void describe(const struct tree *tree, struct buf *list)
{
	for (struct tree_node *n = tree_next(tree_first(tree)); n;
	     n = tree_next(n)) {
		const struct inode *i = n->inode;
		SCOPED(buf) path = { 0 };

		tree_path(n, &path);
		buf_add_fmt(list, "%s %d %o %u:%u %lld %u:%u %s %llu %u",
			    buf_text(&path), (int)i->type, i->mode, i->uid,
			    i->gid, (long long)i->mtime, i->rdev_major,
			    i->rdev_minor, i->target ? i->target : "-",
			    (unsigned long long)i->content.length,
			    i->type == INODE_DIRECTORY ? 0 : i->links);
		for (const struct xattr *x = i->xattrs; x; x = x->next)
			buf_add_fmt(list, " %s=%zu", x->name, x->size);
		buf_add_char(list, '\n');
	}
}

static void fill_with_oddities(struct image *image)
{
	static char text[10000];
	struct tree *tree = &image->tree;
	struct inode *inode = put_file(image, "a/plain", "text");
	char name[256];

	tree_put(tree, tree_child(tree, tree->root, "a"), "hard", inode);
	memset(text, 't', sizeof(text) - 1);
	inode = put_file(image, "far", text);
	inode->mode = 06755;
	inode->uid = UINT32_MAX;
	inode->gid = 2097152;
	inode->mtime = -5;
	tree_set_xattr(tree, inode, "security.capability", "\1\0\n=", 4);
	tree_set_xattr(tree, inode, "user.empty", "", 0);
	for (size_t length = 98; length < 256; length += 1) {
		memset(name, 'n', length);
		name[length] = '\0';
		put_file(image, name, "")->mtime = 1LL << 34;
	}
	put_file(image, "\xc3\xa9/e\xcc\x81", "x");
	inode = tree_inode_new(tree, INODE_SYMLINK, 0777);
	inode->target = text;
	text[300] = '\0';
	tree_put(tree, tree->root, "link", inode);
	inode = tree_inode_new(tree, INODE_CHAR, 0600);
	inode->rdev_major = 4095;
	inode->rdev_minor = 1048575;
	tree_put(tree, tree->root, "dev", inode);
	tree_put(tree, tree->root, "fifo",
		 tree_inode_new(tree, INODE_FIFO, 01644));
}

TEST(a_tar_read_back_is_the_tree)
{
	IMAGE(image);
	SCOPED(tree) back = { 0 };
	SCOPED(buf) tar = { 0 };
	SCOPED(buf) before = { 0 };
	SCOPED(buf) after = { 0 };
	SCOPED(err) err = { 0 };
	struct bytes bytes = { .reader.read = bytes_read, .buf = &tar };
	struct layer layer = { .name = "back" };

	fill_with_oddities(&image);
	write_tar(&image, &tar);
	tree_init(&back);
	if (layer_apply(&back, back.root, &layer, &bytes.reader, &image.spool,
			&err) < 0)
		UNIT_FAIL("%s", err.msg);
	describe(&image.tree, &before);
	describe(&back, &after);
	CHECK_STR(buf_text(&after), buf_text(&before));
}

TEST(equal_trees_are_equal_tars)
{
	IMAGE(one);
	IMAGE(two);
	SCOPED(buf) first = { 0 };
	SCOPED(buf) second = { 0 };

	fill_with_oddities(&one);
	fill_with_oddities(&two);
	write_tar(&one, &first);
	write_tar(&two, &second);
	CHECK_INT(first.size, second.size);
	CHECK(memcmp(first.data, second.data, first.size) == 0);
}

TEST(an_empty_tree_is_two_zero_blocks)
{
	IMAGE(image);
	SCOPED(buf) tar = { 0 };

	write_tar(&image, &tar);
	CHECK_INT(tar.size, 1024);
}

TEST(a_tar_says_where_each_entry_comes_from)
{
	IMAGE(image);
	SCOPED(buf) tar = { 0 };

	put_file(&image, "a", "");
	write_tar(&image, &tar);
	CHECK_STR(tar.data + 512,
		  "29 LINUXKIT.location=init[0]\n"
		  "42 LINUXKIT.source=docker.io/library/test\n");
}

static struct digest key_of(const struct image *image)
{
	return pack_key(image, 0);
}

TEST(a_key_is_stable_and_changes_with_everything)
{
	IMAGE(image);
	struct inode *inode = put_file(&image, "f", "text");
	struct digest keys[12];
	size_t count = 0;
	struct digest first = key_of(&image);

	keys[count++] = first;
	inode->mode = 0600;
	keys[count++] = key_of(&image);
	inode->uid = 1;
	keys[count++] = key_of(&image);
	inode->gid = 1;
	keys[count++] = key_of(&image);
	inode->mtime++;
	keys[count++] = key_of(&image);
	inode->content.length--;
	keys[count++] = key_of(&image);
	inode->content.source_offset++;
	keys[count++] = key_of(&image);
	inode->content.source.bytes[3]++;
	keys[count++] = key_of(&image);
	inode->target = "x";
	keys[count++] = key_of(&image);
	inode->rdev_minor = 1;
	keys[count++] = key_of(&image);
	tree_put(&image.tree, image.tree.root, "g", inode);
	keys[count++] = key_of(&image);
	put_file(&image, "g", "text");
	keys[count++] = key_of(&image);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			if (digest_equal(&keys[i], &keys[j]))
				UNIT_FAIL("keys %zu and %zu are equal", i, j);
}

TEST(a_key_is_the_same_wherever_the_content_lies_in_the_spool)
{
	IMAGE(one);
	IMAGE(two);
	struct digest first, second;
	struct content unused;
	SCOPED(err) err = { 0 };

	put_file(&one, "f", "text");
	CHECK_INT(spool_add_content(&two.spool, "other", 5, &unused, &err), 0);
	put_file(&two, "f", "text");
	first = key_of(&one);
	second = key_of(&two);
	CHECK(digest_equal(&first, &second));
}

TEST(a_key_does_not_depend_on_other_segments)
{
	IMAGE(image);
	struct digest first, second;

	put_file(&image, "f", "text");
	first = key_of(&image);
	image_begin_segment(&image, "files[0]", "linuxkit.files");
	put_file(&image, "g", "text");
	second = key_of(&image);
	CHECK(digest_equal(&first, &second));
}

static int write_cpio(struct image *image, struct buf *out, struct err *err)
{
	struct buf_writer to = { .writer.write = buf_write, .out = out };

	return pack_cpio(&to.writer, image, 0, err);
}

TEST(process_1_is_packed_alone_before_all_else)
{
	IMAGE(image);

	put_file(&image, "init", "text");
	CHECK(pack_is_empty(&image, 0));
	CHECK(!pack_is_empty(&image, PACK_FIRST));
	put_file(&image, "sbin/init", "another");
	CHECK(!pack_is_empty(&image, 0));

	struct digest first = pack_key(&image, PACK_FIRST);
	struct digest rest = pack_key(&image, 0);

	put_file(&image, "init", "changed");

	struct digest changed = pack_key(&image, PACK_FIRST);
	struct digest same = pack_key(&image, 0);

	CHECK(!digest_equal(&first, &changed));
	CHECK(digest_equal(&rest, &same));
}

TEST(process_1_that_has_another_name_stays_with_it)
{
	IMAGE(image);
	struct tree *tree = &image.tree;
	struct inode *inode = put_file(&image, "init", "text");

	tree_put(tree, tree->root, "busybox", inode);
	CHECK(pack_is_empty(&image, PACK_FIRST));
	CHECK(!pack_is_empty(&image, 0));
}

TEST(a_cpio_archive_is_as_the_kernel_wants_it)
{
	IMAGE(image);
	SCOPED(buf) out = { 0 };
	SCOPED(err) err = { 0 };
	struct inode *inode = put_file(&image, "f", "text");

	inode->mtime = -1;
	tree_put(&image.tree, image.tree.root, "g", inode);
	put_file(&image, "boot/kernel", "beside it");
	CHECK_INT(write_cpio(&image, &out, &err), 0);
	CHECK_INT(out.size, 512);
	/* one inode, two names, the content with the first */
	CHECK(memcmp(out.data,
		     "070701"
		     "000002d1"
		     "000081a4"
		     "00000000"
		     "00000000"
		     "00000002"
		     "00000000"
		     "00000004"
		     "00000003"
		     "00000001"
		     "00000000"
		     "00000000"
		     "00000002"
		     "00000000"
		     "f\0"
		     "text"
		     "070701"
		     "000002d1"
		     "000081a4"
		     "00000000"
		     "00000000"
		     "00000002"
		     "00000000"
		     "00000000"
		     "00000003"
		     "00000001"
		     "00000000"
		     "00000000"
		     "00000002"
		     "00000000"
		     "g\0",
		     112 + 4 + 112) == 0);
	CHECK(memcmp(out.data + 228 + 110, "boot\0\0", 6) == 0);
	CHECK(memcmp(out.data + 344 + 110, "TRAILER!!!", 11) == 0);
}

TEST(a_path_too_long_for_the_kernel_is_refused)
{
	IMAGE(image);
	SCOPED(buf) out = { 0 };
	SCOPED(err) err = { 0 };
	struct tree_node *node = image.tree.root;
	char name[251];

	memset(name, 'd', 250);
	name[250] = '\0';
	for (int i = 0; i < 17; i++)
		node = tree_put(
			&image.tree, node, name,
			tree_inode_new(&image.tree, INODE_DIRECTORY, 0755));
	CHECK_INT(write_cpio(&image, &out, &err), -1);
	CHECK(strstr(err.msg, "longer than the 4095 bytes an initrd can hold"));
}

/* Puts the one item of `files`. */
static int put_item(struct image *image, const char *item, struct err *err)
{
	SCOPED(manifest) manifest = { 0 };
	SCOPED(buf) text = { 0 };
	struct file_target target = {
		.tree = &image->tree,
		.spool = &image->spool,
		.manifest = &manifest,
	};

	buf_add_fmt(&text, "files: [%s]\n", item);
	if (decode_checked(&manifest, "m.yml", buf_text(&text), text.size,
			   err) < 0)
		return -1;
	return file_put(&target, manifest.files.items, err);
}

static void check_item(const char *item, const char *wanted)
{
	IMAGE(image);
	SCOPED(err) err = { 0 };
	SCOPED(buf) list = { 0 };

	if (put_item(&image, item, &err) < 0)
		UNIT_FAIL("%s", err.msg);
	for (struct tree_node *n = tree_next(tree_first(&image.tree)); n;
	     n = tree_next(n))
		buf_add_fmt(&list, "%s %d %04o %u %s\n", n->name,
			    (int)n->inode->type, n->inode->mode, n->inode->uid,
			    n->inode->target ? n->inode->target : "-");
	CHECK_STR(buf_text(&list), wanted);
}

TEST(files_have_modes_and_their_parents_follow)
{
	check_item("{path: a/f, contents: x}", "a 1 0700 0 -\nf 0 0600 0 -\n");
	check_item("{path: /a/f, contents: x, mode: '0640', uid: 7}",
		   "a 1 0750 7 -\nf 0 0640 7 -\n");
	check_item("{path: a/f, contents: x, mode: '6755'}",
		   "a 1 6755 0 -\nf 0 6755 0 -\n");
	check_item("{path: a/f, contents: x, mode: '0000'}",
		   "a 1 0000 0 -\nf 0 0000 0 -\n");
	check_item("{path: d, directory: true}", "d 1 0700 0 -\n");
	check_item("{path: d, directory: true, symlink: x, mode: '1777'}",
		   "d 1 1777 0 -\n");
	check_item("{path: l, symlink: t, contents: x}", "l 2 0600 0 t\n");
	check_item("{path: f, contents: '', mode: ''}", "f 0 0600 0 -\n");
	check_item("{path: f, source: none, optional: true}", "");
	check_item("{path: a/f, source: none, optional: true}", "");
}

static void check_item_refused(const char *item, const char *wanted)
{
	IMAGE(image);
	SCOPED(err) err = { 0 };

	CHECK_INT(put_item(&image, item, &err), -1);
	CHECK_STR(err.msg, wanted);
}

TEST(files_that_make_no_sense_are_refused)
{
	check_item_refused(
		"{path: f, contents: x, mode: '0999'}",
		"m.yml:1:38: f: '0999' is not an octal mode up to 7777");
	check_item_refused(
		"{path: f, contents: x, mode: '0o644'}",
		"m.yml:1:38: f: '0o644' is not an octal mode up to 7777");
	check_item_refused(
		"{path: f, contents: x, mode: '10000'}",
		"m.yml:1:38: f: '10000' is not an octal mode up to 7777");
	check_item_refused(
		"{path: f, contents: x, mode: '-1'}",
		"m.yml:1:38: f: '-1' is not an octal mode up to 7777");
	check_item_refused("{path: a/../f, contents: x}",
			   "m.yml:1:9: the path a/../f holds '..'");
	check_item_refused("{path: /, contents: x}",
			   "m.yml:1:9: an empty path");
	check_item_refused("{path: f, source: /}",
			   "m.yml:1:27: /: the source is a directory");
	check_item_refused(
		"{path: f, source: none}",
		"m.yml:1:27: there is no file none, neither beside the manifest nor in the working directory");
}

TEST(parents_that_exist_keep_their_mode)
{
	IMAGE(image);
	SCOPED(err) err = { 0 };

	CHECK_INT(image_put_directory(&image, "etc", 0755, &err), 0);
	CHECK_INT(put_item(&image, "{path: etc/f, contents: x}", &err), 0);
	CHECK_INT(tree_child(&image.tree, image.tree.root, "etc")->inode->mode,
		  0755);
}
