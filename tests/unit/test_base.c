/* SPDX-License-Identifier: Apache-2.0 */
/* Errors, buffers, lists, digests, paths, other programs. */
/* links: lib */
#include "tests/unit/unit.h"

#include <errno.h>
#include <sys/stat.h>

#include "cmd/lib/base/arena.h"
#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/err.h"
#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/names.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/base/sha256.h"
#include "cmd/lib/base/strv.h"
#include "cmd/lib/base/subprocess.h"

#define ABC_SHA256                                                             \
	"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

TEST(an_error_says_where_it_happened_from_outside_to_inside)
{
	SCOPED(err) err = { 0 };

	CHECK_INT(err_set(&err, FAULT_TRUST, "blob %d", 7), -1);
	CHECK_INT(err_wrap(&err, "layer %s", "two"), -1);
	CHECK_STR(err.msg, "layer two: blob 7");
	CHECK_INT(err.fault, FAULT_TRUST);
}

TEST(a_failed_system_call_is_told_with_its_reason)
{
	SCOPED(err) err = { 0 };

	errno = ENOSPC;
	CHECK_INT(err_sys(&err, "write %s", "disk.img"), -1);
	CHECK_STR(err.msg, "write disk.img: No space left on device");
	CHECK_INT(err.fault, FAULT_SYSTEM);
}

TEST(an_error_can_be_handed_over)
{
	SCOPED(err) from = { 0 };
	SCOPED(err) to = { 0 };

	err_set(&from, FAULT_INPUT, "bad");
	CHECK_INT(err_move(&to, &from), -1);
	CHECK_STR(to.msg, "bad");
	CHECK(!from.msg);
}

TEST(an_empty_buffer_is_an_empty_text)
{
	SCOPED(buf) buf = { 0 };
	SCOPED_FREE char *text = NULL;

	CHECK_STR(buf_text(&buf), "");
	text = buf_take(&buf);
	CHECK_STR(text, "");
}

TEST(a_buffer_grows_and_ends_in_a_nul)
{
	SCOPED(buf) buf = { 0 };

	for (int i = 0; i < 1000; i++)
		buf_add_fmt(&buf, "%d,", i % 10);
	CHECK_INT(buf.size, 2000);
	CHECK_INT(strlen(buf.data), 2000);
	buf_clear(&buf);
	CHECK_STR(buf_text(&buf), "");
}

TEST(a_buffer_refuses_more_than_its_maximum)
{
	SCOPED(buf) buf = { .max_bytes = 4 };

	CHECK(buf_try_add(&buf, "1234", 4));
	CHECK(!buf_try_add(&buf, "5", 1));
	CHECK(!buf_try_add(&buf, "", SIZE_MAX));
	CHECK_STR(buf_text(&buf), "1234");
}

TEST(a_file_larger_than_the_buffer_is_refused)
{
	SCOPED(buf) buf = { .max_bytes = 100 };
	SCOPED(err) err = { 0 };

	CHECK_INT(buf_read_file(&buf, "/dev/zero", &err), -1);
	CHECK_STR(err.msg, "/dev/zero: larger than the 100 bytes allowed");
}

TEST(a_list_is_split_at_every_separator)
{
	SCOPED(strv) list = { 0 };

	strv_split(&list, "", ',');
	CHECK_INT(list.count, 0);
	strv_split(&list, "b,,a", ',');
	CHECK_INT(list.count, 3);
	CHECK_STR(list.items[1], "");
	CHECK(!list.items[3]);
	strv_sort(&list);
	CHECK_STR(list.items[1], "a");
	CHECK(strv_has(&list, "b"));
	CHECK(!strv_has(&list, "c"));
}

TEST(names_are_found_with_their_numbers)
{
	SCOPED(names) names = { 0 };
	SCOPED(strv) texts = { 0 };
	size_t number = 7;

	CHECK(!names_find(&names, "", &number));
	for (size_t i = 0; i < 1000; i++) {
		SCOPED_FREE char *text = xasprintf("%zu", i);

		strv_add(&texts, text);
	}
	for (size_t i = 0; i < 1000; i++)
		CHECK(names_add(&names, texts.items[i], i));
	for (size_t i = 0; i < 1000; i++) {
		CHECK(!names_add(&names, texts.items[i], 5));
		CHECK(names_find(&names, texts.items[i], &number));
		CHECK(number == i);
	}
	CHECK(!names_find(&names, "1000", &number));
	CHECK(names_add(&names, "", 3));
	CHECK(names_find(&names, "", &number) && number == 3);
}

TEST(an_arena_gives_zeroed_memory_of_any_size)
{
	SCOPED(arena) arena = { 0 };
	char *small = arena_alloc(&arena, 3);
	char *large = arena_alloc(&arena, 1 << 20);

	CHECK_INT(small[2], 0);
	CHECK_INT(large[(1 << 20) - 1], 0);
	CHECK_STR(arena_text(&arena, "abcdef", 3), "abc");
}

TEST(sha256_is_what_fips_180_says)
{
	char text[DIGEST_TEXT_SIZE];
	struct digest digest = sha256_of("abc", 3);

	CHECK_STR(digest_text(&digest, text), ABC_SHA256);
}

TEST(a_hash_in_pieces_is_the_hash_of_the_whole)
{
	SCOPED(sha256) hash = { 0 };
	struct digest whole = sha256_of("abc", 3);
	struct digest parts;

	sha256_start(&hash);
	sha256_add(&hash, "a", 1);
	sha256_add(&hash, "bc", 2);
	parts = sha256_finish(&hash);
	CHECK(digest_equal(&whole, &parts));
}

TEST(texts_in_a_hash_do_not_run_together)
{
	SCOPED(sha256) hash = { 0 };
	struct digest one, two;

	sha256_start(&hash);
	sha256_add_str(&hash, "ab");
	sha256_add_str(&hash, "c");
	one = sha256_finish(&hash);
	sha256_start(&hash);
	sha256_add_str(&hash, "a");
	sha256_add_str(&hash, "bc");
	two = sha256_finish(&hash);
	CHECK(!digest_equal(&one, &two));
}

TEST(only_a_whole_lower_case_sha256_digest_is_one)
{
	static const char *const wrong[] = {
		"",
		"sha256:",
		"sha256:../../../../../../../../../../../../../../../../../../../../x",
		"SHA256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
		"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
		"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0",
		"sha512:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"sha256-ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	};
	struct digest digest;
	char text[DIGEST_TEXT_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		CHECK(!digest_parse(&digest, wrong[i]));
	CHECK(digest_parse(&digest, ABC_SHA256));
	CHECK_STR(digest_text(&digest, text), ABC_SHA256);
}

static void check_join(const char *directory, const char *name,
		       const char *wanted)
{
	SCOPED_FREE char *joined = path_join(directory, name);

	CHECK_STR(joined, wanted);
}

TEST(paths_are_joined_as_a_shell_would)
{
	check_join("a", "b", "a/b");
	check_join("a", "/b", "/b");
	check_join("", "b", "b");
}

static void check_directory(const char *path, const char *wanted)
{
	SCOPED_FREE char *directory = path_directory(path);

	CHECK_STR(directory, wanted);
}

TEST(a_path_has_a_folder_and_a_name)
{
	check_directory("a/b/c", "a/b");
	check_directory("a", ".");
	check_directory("/a", "/");
	CHECK_STR(path_base("a/b"), "b");
	CHECK_STR(path_base("b"), "b");
}

TEST(a_pattern_crosses_slashes)
{
	CHECK(path_matches("usr/*.a", "usr/lib/x/y.a"));
	CHECK(!path_matches("usr/*.a", "usr/lib/x/y.so"));
}

TEST(a_tree_is_removed_without_following_links)
{
	SCOPED(err) err = { 0 };
	SCOPED(strv) names = { 0 };
	char place[] = "/tmp/test_base-XXXXXX";
	SCOPED_FREE char *inner = NULL;
	SCOPED_FREE char *file = NULL;
	SCOPED_FREE char *link = NULL;

	CHECK(mkdtemp(place));
	inner = xasprintf("%s/gone/deep", place);
	file = xasprintf("%s/kept", place);
	link = xasprintf("%s/gone/link", place);
	CHECK_INT(path_make_directories(inner, &err), 0);
	CHECK_INT(path_write_file(file, "x", 1, &err), 0);
	CHECK_INT(symlink(place, link), 0);
	inner[strlen(inner) - strlen("/deep")] = '\0';
	CHECK_INT(path_remove_tree(inner, &err), 0);
	CHECK_INT(path_list(&names, place, &err), 0);
	CHECK_INT(names.count, 1);
	CHECK_STR(names.items[0], "kept");
	CHECK_INT(path_remove_tree(place, &err), 0);
	CHECK_INT(path_remove_tree(place, &err), 0);
}

TEST(only_regular_files_are_opened_as_such)
{
	SCOPED(err) err = { 0 };
	SCOPED_FD int fd = -1;
	uint64_t size;

	CHECK_INT(fd_open_regular(&fd, "/dev/null", &size, &err), -1);
	err_release(&err);
	CHECK_INT(fd_open_regular(&fd, "/proc/self/exe", &size, &err), -1);
}

static int run(const char *script, struct err *err)
{
	SCOPED(strv) argv = { 0 };

	strv_add(&argv, "sh");
	strv_add(&argv, "-c");
	strv_add(&argv, script);
	return subprocess_run(&argv, err);
}

TEST(a_program_that_succeeds_is_no_error)
{
	SCOPED(err) err = { 0 };

	CHECK_INT(run("echo hidden; exit 0", &err), 0);
}

TEST(a_program_that_fails_is_told_with_its_last_words)
{
	SCOPED(err) err = { 0 };

	CHECK_INT(run("echo first >&2; echo last >&2; exit 3", &err), -1);
	CHECK_STR(err.msg, "sh failed with status 3: first;last");
	CHECK_INT(err.fault, FAULT_SYSTEM);
}

TEST(a_program_that_is_killed_is_told_with_the_signal)
{
	SCOPED(err) err = { 0 };

	CHECK_INT(run("kill -9 $$", &err), -1);
	CHECK_STR(err.msg, "sh was killed by signal 9");
}

TEST(a_program_that_is_not_there_is_named)
{
	SCOPED(err) err = { 0 };
	SCOPED(strv) argv = { 0 };

	strv_add(&argv, "no-such-program-anywhere");
	CHECK_INT(subprocess_run(&argv, &err), -1);
	CHECK(strstr(err.msg, "no-such-program-anywhere"));
	CHECK(!subprocess_finds("no-such-program-anywhere"));
	CHECK(subprocess_finds("sh"));
}

TEST(a_program_that_says_much_does_not_block)
{
	SCOPED(err) err = { 0 };

	CHECK_INT(
		run("head -c 300000 /dev/zero | tr '\\0' x >&2; exit 1", &err),
		-1);
	CHECK(strlen(err.msg) < 10000);
}
