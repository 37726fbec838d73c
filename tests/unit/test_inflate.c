/* SPDX-License-Identifier: Apache-2.0 */
/* The inflating and the verifying reader. */
/* links: lib */
#include "tests/unit/unit.h"

#include <isa-l/igzip_lib.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/stream.h"

/* Yields its bytes a few at a time. */
struct slow {
	struct reader reader;
	const char *data;
	size_t size, step;
};

static int slow_read(struct reader *reader, void *data, size_t size,
		     size_t *got, struct err *err)
{
	struct slow *self = (struct slow *)reader;

	(void)err;
	*got = size < self->step ? size : self->step;
	if (*got > self->size)
		*got = self->size;
	memcpy(data, self->data, *got);
	self->data += *got;
	self->size -= *got;
	return 0;
}

static struct slow slow_reader(const struct buf *bytes, size_t step)
{
	return (struct slow){ .reader.read = slow_read,
			      .data = buf_text(bytes),
			      .size = bytes->size,
			      .step = step };
}

static int read_all(struct reader *reader, struct buf *out, struct err *err)
{
	char chunk[4096];
	size_t got;

	do {
		if (reader_read(reader, chunk, sizeof(chunk), &got, err) < 0)
			return -1;
		buf_add(out, chunk, got);
	} while (got > 0);
	return 0;
}

static void add_gzip(struct buf *out, const void *data, size_t size)
{
	static char packed[1 << 20];
	struct isal_zstream stream;

	isal_deflate_stateless_init(&stream);
	stream.gzip_flag = IGZIP_GZIP;
	stream.end_of_stream = 1;
	stream.next_in = (uint8_t *)(uintptr_t)data;
	stream.avail_in = (uint32_t)size;
	stream.next_out = (uint8_t *)packed;
	stream.avail_out = sizeof(packed);
	if (isal_deflate_stateless(&stream) != COMP_OK)
		abort();
	buf_add(out, packed, stream.total_out);
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

static void add_zstd(struct buf *out, const void *data, size_t size)
{
	struct buf_writer below = { .writer.write = buf_write, .out = out };
	SCOPED_WRITER struct writer *zstd = writer_zstd(&below.writer, 3);
	SCOPED(err) err = { 0 };

	CHECK_INT(writer_write(zstd, data, size, &err), 0);
	CHECK_INT(writer_finish(zstd, &err), 0);
}

static void check_inflates(const struct buf *packed, const char *wanted)
{
	static const size_t steps[] = { 1, 7, 1 << 20 };

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		struct slow below = slow_reader(packed, steps[i]);
		SCOPED_READER struct reader *reader =
			reader_inflated(&below.reader, 1 << 20);
		SCOPED(buf) out = { 0 };
		SCOPED(err) err = { 0 };

		if (read_all(reader, &out, &err) < 0)
			UNIT_FAIL("step %zu: %s", steps[i], err.msg);
		CHECK_INT(out.size, strlen(wanted));
		CHECK_STR(buf_text(&out), wanted);
		CHECK_INT(below.size, 0);
	}
}

static void check_damaged(const struct buf *packed, const char *wanted)
{
	static const size_t steps[] = { 1, 1 << 20 };

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		struct slow below = slow_reader(packed, steps[i]);
		SCOPED_READER struct reader *reader =
			reader_inflated(&below.reader, 1 << 20);
		SCOPED(buf) out = { 0 };
		SCOPED(err) err = { 0 };

		CHECK_INT(read_all(reader, &out, &err), -1);
		CHECK_STR(err.msg, wanted);
		CHECK_INT(err.fault, FAULT_INPUT);
	}
}

TEST(plain_bytes_pass_through)
{
	static const char *const texts[] = { "", "x", "\x1f", "(\xb5/",
					     "plain" };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		SCOPED(buf) bytes = { 0 };

		buf_add_str(&bytes, texts[i]);
		check_inflates(&bytes, texts[i]);
	}
}

TEST(gzip_members_follow_one_another)
{
	SCOPED(buf) packed = { 0 };

	add_gzip(&packed, "one ", 4);
	add_gzip(&packed, "", 0);
	add_gzip(&packed, "two", 3);
	check_inflates(&packed, "one two");
}

TEST(what_follows_the_last_gzip_member_is_dropped_but_read)
{
	SCOPED(buf) packed = { 0 };

	add_gzip(&packed, "text", 4);
	buf_add(&packed, "\0\0\0junk", 7);
	check_inflates(&packed, "text");
}

TEST(truncated_gzip_is_damaged_wherever_it_breaks_off)
{
	SCOPED(buf) packed = { 0 };

	add_gzip(&packed, "some text of some length", 24);
	while (packed.size > 2) {
		packed.size--;
		check_damaged(&packed, "damaged gzip data");
	}
}

TEST(a_wrong_gzip_checksum_is_damage)
{
	SCOPED(buf) packed = { 0 };

	add_gzip(&packed, "text", 4);
	packed.data[packed.size - 8] ^= 1;
	check_damaged(&packed, "damaged gzip data");
}

TEST(zstd_frames_follow_one_another)
{
	SCOPED(buf) packed = { 0 };

	add_zstd(&packed, "one ", 4);
	add_zstd(&packed, "", 0);
	add_zstd(&packed, "two", 3);
	check_inflates(&packed, "one two");
}

TEST(skippable_zstd_frames_are_skipped)
{
	static const char skippable[] = "\x50\x2a\x4d\x18\x04\0\0\0junk";
	SCOPED(buf) packed = { 0 };

	add_zstd(&packed, "one", 3);
	buf_add(&packed, skippable, sizeof(skippable) - 1);
	add_zstd(&packed, " two", 4);
	check_inflates(&packed, "one two");
}

TEST(truncated_zstd_is_damaged_wherever_it_breaks_off)
{
	SCOPED(buf) packed = { 0 };

	add_zstd(&packed, "some text of some length", 24);
	while (packed.size > 4) {
		packed.size--;
		check_damaged(&packed, "damaged zstd data");
	}
}

TEST(junk_after_zstd_is_damage)
{
	SCOPED(buf) packed = { 0 };

	add_zstd(&packed, "text", 4);
	buf_add_str(&packed, "junk");
	check_damaged(&packed, "damaged zstd data");
}

TEST(a_bomb_is_stopped_at_the_limit)
{
	static char zeros[4 << 20];

	for (int zstd = 0; zstd < 2; zstd++) {
		SCOPED(buf) packed = { 0 };

		(zstd ? add_zstd : add_gzip)(&packed, zeros, sizeof(zeros));
		CHECK(packed.size < 100000);
		check_damaged(
			&packed,
			"inflates to more than the 1048576 bytes allowed");
	}
}

TEST(compression_depends_on_the_input_only)
{
	static char data[3 << 20];
	SCOPED(buf) one = { 0 };
	SCOPED(buf) two = { 0 };

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * i >> 7);
	add_zstd(&one, data, sizeof(data));
	add_zstd(&two, data, sizeof(data));
	CHECK_INT(one.size, two.size);
	CHECK(memcmp(one.data, two.data, one.size) == 0);
}

static int read_verified(const char *text, uint64_t declared, struct err *err)
{
	SCOPED(buf) bytes = { 0 };
	SCOPED(buf) out = { 0 };
	struct digest digest = sha256_of("abc", 3);
	struct slow below;
	SCOPED_READER struct reader *reader = NULL;

	buf_add_str(&bytes, text);
	below = slow_reader(&bytes, 2);
	reader = reader_verified(&below.reader, &digest, declared, "blob");
	return read_all(reader, &out, err);
}

TEST(verified_bytes_have_their_size_and_digest)
{
	SCOPED(err) err = { 0 };

	CHECK_INT(read_verified("abc", 3, &err), 0);
	CHECK_INT(read_verified("ab", 3, &err), -1);
	CHECK_STR(err.msg, "blob: 2 bytes where 3 are declared");
	CHECK_INT(err.fault, FAULT_TRUST);
	err_release(&err);
	CHECK_INT(read_verified("abcd", 3, &err), -1);
	CHECK_STR(err.msg, "blob: longer than the 3 bytes declared");
	err_release(&err);
	CHECK_INT(read_verified("abd", 3, &err), -1);
	CHECK(strncmp(err.msg, "blob: the content has digest sha256:", 36) ==
	      0);
	CHECK_INT(err.fault, FAULT_TRUST);
}
