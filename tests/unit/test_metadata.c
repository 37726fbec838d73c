/* SPDX-License-Identifier: Apache-2.0 */
/* User data of a machine: what is taken for a tree, and where it is written. */
/* clang-format off */
/* links: pkg/metadata/userdata.c pkg/metadata/source.c pkg/metadata/reason.c -ljansson */
/* clang-format on */

#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pkg/metadata/source.h"
#include "pkg/metadata/userdata.h"
#include "tests/unit/unit.h"

static struct reason reason;

static enum userdata kind_of(const char *text)
{
	json_t *tree;
	enum userdata kind = userdata_read(text, strlen(text), &tree, &reason);

	json_decref(tree);
	return kind;
}

TEST(text_that_is_no_object_is_left_as_it_is)
{
	CHECK_INT(kind_of("#cloud-config\nhostname: x\n"), USERDATA_TEXT);
	CHECK_INT(kind_of(""), USERDATA_TEXT);
	CHECK_INT(kind_of("[1]"), USERDATA_TEXT);
}

TEST(files_and_folders_are_a_tree)
{
	CHECK_INT(kind_of(" {\"a\": {\"content\": \"x\"}, \"d\": {\"perm\": "
			  "\"0700\", \"entries\": {}}}"),
		  USERDATA_TREE);
	CHECK_INT(kind_of("{}"), USERDATA_TREE);
}

static const struct {
	const char *text;
	const char *why;
} refused[] = {
	{ "{", "line 1, column 1: string or '}' expected near end of file" },
	{ "{\"a\": {\"content\": \"\"}, \"a\": {\"content\": \"\"}}",
	  "line 1, column 26: duplicate object key near '\"a\"'" },
	{ "{\"../x\": {\"content\": \"\"}}",
	  "'../x' does not end in a name of a file" },
	{ "{\"ssh\": {\"entries\": {\"..\": {\"content\": \"\"}}}}",
	  "'ssh/..' does not end in a name of a file" },
	{ "{\"/etc/passwd\": {\"content\": \"\"}}",
	  "'/etc/passwd' does not end in a name of a file" },
	{ "{\"\": {\"content\": \"\"}}",
	  "'' does not end in a name of a file" },
	{ "{\"a\\nb\": {\"content\": \"\"}}",
	  "'a\nb' does not end in a name of a file" },
	{ "{\"a\": 1}", "'a' is not an object" },
	{ "{\"a\": {}}", "'a' needs either content or entries" },
	{ "{\"a\": {\"content\": \"\", \"entries\": {}}}",
	  "'a' needs either content or entries" },
	{ "{\"a\": {\"content\": 1}}", "content of 'a' is not text" },
	{ "{\"a\": {\"entries\": []}}", "entries of 'a' are not an object" },
	{ "{\"a\": {\"content\": \"\", \"perm\": \"4755\"}}",
	  "perm of 'a' is not octal text up to 0777" },
	{ "{\"a\": {\"content\": \"\", \"perm\": \"rw\"}}",
	  "perm of 'a' is not octal text up to 0777" },
	{ "{\"a\": {\"content\": \"\", \"perm\": 420}}",
	  "perm of 'a' is not octal text up to 0777" },
	{ "{\"a\": {\"content\": \"\", \"perm\": \"\"}}",
	  "perm of 'a' is not octal text up to 0777" },
};

TEST(a_tree_that_is_none_is_refused_by_the_name_of_its_entry)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		CHECK_INT(kind_of(refused[i].text), USERDATA_BAD);
		CHECK_STR(reason.text, refused[i].why);
	}
}

/* One text so often, an empty object, then another so often. */
static enum userdata kind_of_many(const char *one, const char *other,
				  size_t times)
{
	size_t len = strlen(one);
	size_t other_len = strlen(other);
	char *all = calloc(times + 1, len + other_len + 2);

	for (size_t i = 0; i < times; i++) {
		memcpy(all + i * len, one, len);
		memcpy(all + times * len + 2 + i * other_len, other, other_len);
	}

	memcpy(all + times * len, "{}", 2);

	enum userdata kind = kind_of(all);

	free(all);
	return kind;
}

TEST(folders_without_end_are_refused)
{
	CHECK_INT(kind_of_many("{\"a\":{\"entries\":", "}}", 100000),
		  USERDATA_BAD);
	CHECK(strstr(reason.text, "maximum parsing depth reached"));
	CHECK_INT(kind_of_many("{\"a\":{\"entries\":", "}}", 18), USERDATA_BAD);
	CHECK(strstr(reason.text, "more than 16 folders deep"));
	CHECK_INT(kind_of_many("{\"a\":{\"entries\":", "}}", 15),
		  USERDATA_TREE);
}

static int write_tree(const char *text, int folder)
{
	json_t *tree;
	int result = -1;

	if (userdata_read(text, strlen(text), &tree, &reason) == USERDATA_TREE)
		result = userdata_write(tree, folder, &reason);
	json_decref(tree);
	return result;
}

static mode_t mode_of(int folder, const char *path)
{
	struct stat st;

	return fstatat(folder, path, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0
								   : st.st_mode;
}

TEST(a_tree_is_written_with_its_modes_and_never_through_a_link)
{
	char place[] = "/tmp/metadata-XXXXXX";
	char text[8] = "";

	CHECK(mkdtemp(place));
	int folder = open(place, O_RDONLY | O_DIRECTORY);

	CHECK(folder >= 0);
	CHECK_INT(mkdirat(folder, "elsewhere", 0755), 0);
	CHECK_INT(symlinkat("elsewhere", folder, "d"), 0);
	CHECK_INT(symlinkat("elsewhere/f", folder, "f"), 0);
	/* A file takes the link's place; a folder that is a link is refused. */
	CHECK_INT(write_tree("{\"f\": {\"content\": \"new\", \"perm\": "
			     "\"0640\"}, \"s\": {\"perm\": \"0700\", "
			     "\"entries\": {\"k\": {\"content\": \"\"}}}}",
			     folder),
		  0);
	CHECK_INT(mode_of(folder, "f"), S_IFREG | 0640);
	CHECK_INT(mode_of(folder, "s"), S_IFDIR | 0700);
	CHECK_INT(mode_of(folder, "s/k"), S_IFREG | 0644);
	CHECK_INT(write_tree("{\"d\": {\"entries\": {\"x\": {\"content\": "
			     "\"\"}}}}",
			     folder),
		  -1);
	CHECK_STR(reason.text, "open folder d: Not a directory");
	CHECK_INT(mode_of(folder, "elsewhere/f"), 0);
	CHECK_INT(mode_of(folder, "elsewhere/x"), 0);

	int file = openat(folder, "f", O_RDONLY);

	CHECK_INT(read(file, text, sizeof(text)), 3);
	CHECK_STR(text, "new");
	close(file);
	CHECK_INT(unlinkat(folder, "s/k", 0), 0);
	CHECK_INT(unlinkat(folder, "s", AT_REMOVEDIR), 0);
	CHECK_INT(unlinkat(folder, "f", 0), 0);
	CHECK_INT(unlinkat(folder, "d", 0), 0);
	CHECK_INT(unlinkat(folder, "elsewhere", AT_REMOVEDIR), 0);
	close(folder);
	CHECK_INT(rmdir(place), 0);
}

static unsigned char head[LABEL_BYTES_MIN];

static const char *label_at(size_t signature, const char *magic, size_t label,
			    const char *text)
{
	memset(head, 0, sizeof(head));
	head[510] = 0x55;
	head[511] = 0xaa;
	memcpy(head + signature, magic, strlen(magic));
	memset(head + label, ' ', 11);
	memcpy(head + label, text, strlen(text));
	return source_label(head, sizeof(head), false);
}

TEST(a_disk_with_the_label_is_found_whatever_its_file_system)
{
	CHECK_STR(label_at(32769, "CD001", 32808, "cidata"), "iso9660");
	CHECK_STR(label_at(32769, "CD001", 32808, "CIDATA"), "iso9660");
	CHECK_STR(label_at(38, "\x29", 43, "CIDATA"), "vfat");
	CHECK_STR(label_at(66, "\x29", 71, "cidata"), "vfat");
	CHECK(!label_at(32769, "CD001", 32808, "cidata2"));
	CHECK(!label_at(66, "\x29", 71, "EFI"));
	CHECK(!label_at(66, "\x28", 71, "CIDATA"));
	CHECK(!source_label(head, sizeof(head) - 1, true));
	(void)label_at(32769, "CD001", 32808, "anything");
	CHECK_STR(source_label(head, sizeof(head), true), "iso9660");
}

TEST(user_data_that_is_too_long_or_no_file_is_refused)
{
	struct found found = { .text = NULL };
	char path[] = "/tmp/metadata-XXXXXX";
	int fd = mkstemp(path);

	CHECK_INT(source_file("/nothing/there", &found, &reason), 0);
	CHECK_INT(source_file("/dev/null", &found, &reason), -1);
	CHECK_STR(reason.text, "FILE: user data is not a file");
	CHECK_INT(ftruncate(fd, 1 << 30), 0);
	CHECK_INT(source_file(path, &found, &reason), -1);
	CHECK_STR(reason.text,
		  "FILE: user data of 1073741824 bytes, 1048576 at most");
	CHECK(!found.text);
	CHECK_INT(ftruncate(fd, 4), 0);
	CHECK_INT(source_file(path, &found, &reason), 1);
	CHECK_INT(found.size, 4);
	free(found.text);
	close(fd);
	CHECK_INT(unlink(path), 0);
}
