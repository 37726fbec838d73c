/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes with holes: finding, reading and writing them. */
/* links: lib */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "cmd/lib/base/fd.h"
#include "formats/disk/bytes.h"
#include "formats/disk/extents.h"

#define MIB ((uint64_t)1 << 20)

static int temporary(const char *text)
{
	SCOPED(err) err = { 0 };
	int fd = -1;

	if (fd_temporary(&fd, NULL, &err) < 0 ||
	    fd_write_all(fd, text, strlen(text), "a file", &err) < 0)
		UNIT_FAIL("%s", err.msg);
	return fd;
}

static void check_read(const struct extents *extents, uint64_t offset,
		       const char *wanted, size_t size)
{
	SCOPED(err) err = { 0 };
	char found[64];

	memset(found, 'x', sizeof(found));
	if (extents_read(extents, offset, found, size, &err) < 0)
		UNIT_FAIL("%s", err.msg);
	CHECK(memcmp(found, wanted, size) == 0);
	CHECK_INT(found[size], 'x');
}

TEST(what_is_put_in_any_order_is_read_with_zeros_between)
{
	SCOPED_FD int fd = temporary("0123456789");
	SCOPED(extents) e = { .size_bytes = 40 };

	extents_put_file(&e, 20, fd, 2, 4);
	extents_put(&e, 0, "abc", 3);
	extents_put(&e, 24, "Z", 1);
	check_read(&e, 0, "abc\0\0", 5);
	check_read(&e, 1, "bc", 2);
	check_read(&e, 18, "\0\0002345Z\0\0", 9);
	check_read(&e, 22, "45Z", 3);
	check_read(&e, 30, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 14);
	check_read(&e, 60, "\0\0", 2);
}

TEST(runs_take_adjoining_extents_together)
{
	SCOPED(extents) e = { .size_bytes = 100 };
	uint64_t offset = 0;
	uint64_t length = 0;

	extents_put(&e, 10, "ab", 2);
	extents_put(&e, 12, "cd", 2);
	extents_put(&e, 50, "ef", 2);
	CHECK(extents_next_run(&e, &offset, &length));
	CHECK_INT(offset, 10);
	CHECK_INT(length, 4);
	offset = 11;
	CHECK(extents_next_run(&e, &offset, &length));
	CHECK_INT(offset, 11);
	CHECK_INT(length, 3);
	offset = 14;
	CHECK(extents_next_run(&e, &offset, &length));
	CHECK_INT(offset, 50);
	offset += length;
	CHECK(!extents_next_run(&e, &offset, &length));
	CHECK(extents_have_data(&e, 0, 11));
	CHECK(!extents_have_data(&e, 0, 10));
	CHECK(extents_have_data(&e, 51, 1));
	CHECK(!extents_have_data(&e, 14, 36));
	CHECK(!extents_have_data(&e, 52, 48));
}

TEST(a_part_is_grafted_with_all_that_it_holds)
{
	SCOPED(extents) part = { .size_bytes = 8 };
	SCOPED(extents) whole = { .size_bytes = 32 };
	SCOPED(extents) copy = { 0 };

	extents_put(&part, 2, "in", 2);
	extents_put(&whole, 0, "ab", 2);
	extents_put(&whole, 24, "yz", 2);
	extents_graft(&whole, 8, &part);
	CHECK_INT(part.count, 0);
	extents_copy(&copy, &whole);
	check_read(&copy, 8, "\0\0in\0", 5);
	check_read(&copy, 22, "\0\0yz", 4);
}

TEST(the_digest_is_of_the_content_not_of_its_cuts)
{
	SCOPED_FD int fd = temporary("abcd");
	SCOPED(extents) one = { .size_bytes = 1 << 30 };
	SCOPED(extents) two = { .size_bytes = 1 << 30 };
	SCOPED(extents) three = { .size_bytes = 1 << 30 };
	struct digest a, b, c;
	SCOPED(err) err = { 0 };

	extents_put(&one, 7, "ab", 2);
	extents_put(&one, 9, "cd", 2);
	extents_put_file(&two, 7, fd, 0, 4);
	extents_put_file(&three, 8, fd, 0, 4);
	CHECK(extents_digest(&one, &a, &err) == 0);
	CHECK(extents_digest(&two, &b, &err) == 0);
	CHECK(extents_digest(&three, &c, &err) == 0);
	CHECK(digest_equal(&a, &b));
	CHECK(!digest_equal(&a, &c));
}

TEST(a_file_is_written_with_its_holes)
{
	SCOPED_FD int from = temporary("0123456789");
	SCOPED_FD int to = temporary("");
	SCOPED(extents) e = { .size_bytes = 64 * MIB };
	SCOPED(err) err = { 0 };
	struct stat st;
	char found[4];

	extents_put(&e, 0, "boot", 4);
	extents_put_file(&e, 32 * MIB, from, 3, 4);
	if (extents_write(&e, to, "a disk", &err) < 0)
		UNIT_FAIL("%s", err.msg);
	CHECK(fstat(to, &st) == 0);
	CHECK_INT(st.st_size, 64 * MIB);
	CHECK((uint64_t)st.st_blocks * 512 < MIB);
	CHECK_INT(pread(to, found, 4, 32 << 20), 4);
	CHECK(memcmp(found, "3456", 4) == 0);
}

TEST(a_pipe_gets_every_byte)
{
	SCOPED(extents) e = { .size_bytes = 9 };
	SCOPED(err) err = { 0 };
	int ends[2];
	char found[16];

	CHECK(pipe(ends) == 0);
	extents_put(&e, 4, "mid", 3);
	if (extents_write(&e, ends[1], "a pipe", &err) < 0)
		UNIT_FAIL("%s", err.msg);
	CHECK_INT(read(ends[0], found, sizeof(found)), 9);
	CHECK(memcmp(found, "\0\0\0\0mid\0\0", 9) == 0);
	close(ends[0]);
	close(ends[1]);
}

TEST(a_file_that_became_shorter_is_an_error)
{
	SCOPED_FD int fd = temporary("ab");
	SCOPED(extents) e = { .size_bytes = 16 };
	SCOPED(err) err = { 0 };
	char found[16];

	extents_put_file(&e, 0, fd, 0, 16);
	CHECK(extents_read(&e, 0, found, 16, &err) < 0);
	CHECK_INT(err.fault, FAULT_SYSTEM);
}

/* Whether putting ends the program. */
static int dies(uint64_t offset, size_t size)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct extents e = { .size_bytes = 100 };

		extents_put(&e, 40, "0123456789", 10);
		extents_put(&e, offset, "0123456789", size);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status);
}

TEST(an_overlap_or_passing_the_end_is_a_defect)
{
	CHECK(!dies(30, 10));
	CHECK(!dies(50, 10));
	CHECK(!dies(90, 10));
	CHECK(dies(31, 10));
	CHECK(dies(49, 1));
	CHECK(dies(45, 2));
	CHECK(dies(91, 10));
	CHECK(dies(UINT64_MAX, 2));
}

TEST(numbers_have_the_order_that_their_name_says)
{
	uint8_t bytes[8];

	put_le32(bytes, 0x01020304);
	CHECK(memcmp(bytes, "\4\3\2\1", 4) == 0);
	CHECK_INT(get_le32(bytes), 0x01020304);
	put_be64(bytes, 0x0102030405060708);
	CHECK(memcmp(bytes, "\1\2\3\4\5\6\7\10", 8) == 0);
	CHECK_INT(round_up(513, 512), 1024);
	CHECK_INT(round_up(1024, 512), 1024);
}
