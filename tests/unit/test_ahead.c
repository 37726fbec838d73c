/* SPDX-License-Identifier: Apache-2.0 */
/* The reader that reads ahead in a thread. */
/* links: lib */
#include "tests/unit/unit.h"

#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/stream.h"

#define MIB ((uint64_t)1 << 20)

/* Counts upwards, `step` bytes a call, then ends or fails. */
struct counter {
	struct reader reader;
	uint64_t given, total;
	size_t step;
	bool fails;
};

static int counter_read(struct reader *reader, void *data, size_t size,
			size_t *got, struct err *err)
{
	struct counter *self = (struct counter *)reader;
	unsigned char *bytes = data;
	uint64_t left = self->total - self->given;
	size_t part = size < self->step ? size : self->step;

	if (left == 0 && self->fails)
		return err_set(err, FAULT_TRUST, "the source broke");
	*got = left < part ? (size_t)left : part;
	for (size_t i = 0; i < *got; i++)
		bytes[i] = (unsigned char)((self->given + i) % 251);
	self->given += *got;
	return 0;
}

struct counted {
	uint64_t bytes;
	bool in_order;
};

static int count(struct reader *reader, size_t size, struct counted *counted,
		 struct err *err)
{
	static unsigned char chunk[1 << 16];
	size_t got;

	*counted = (struct counted){ .in_order = true };
	do {
		if (reader_read(reader, chunk, size, &got, err) < 0)
			return -1;
		for (size_t i = 0; i < got; i++)
			if (chunk[i] != (counted->bytes + i) % 251)
				counted->in_order = false;
		counted->bytes += got;
	} while (got > 0);
	return 0;
}

TEST(a_reader_ahead_yields_the_same_bytes)
{
	static const struct {
		uint64_t total;
		size_t step, size;
	} rows[] = {
		{ 0, 1, 1 },
		{ 1, 1, 100 },
		{ MIB / 4, 65536, 65536 },
		{ 5 * MIB + 17, 1000000, 65536 },
		{ 5 * MIB + 17, 999, 777 },
		{ 9 * MIB, 4096, 65535 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct counter below = { .reader.read = counter_read,
					 .total = rows[i].total,
					 .step = rows[i].step };
		SCOPED_READER struct reader *ahead = NULL;
		SCOPED(err) err = { 0 };
		struct counted counted;

		CHECK(reader_ahead(&ahead, &below.reader, &err) == 0);
		CHECK(count(ahead, rows[i].size, &counted, &err) == 0);
		CHECK(counted.bytes == rows[i].total);
		CHECK(counted.in_order);
	}
}

TEST(a_failure_is_reported_behind_the_data)
{
	struct counter below = { .reader.read = counter_read,
				 .total = 3 * MIB + 5,
				 .step = 12345,
				 .fails = true };
	SCOPED_READER struct reader *ahead = NULL;
	SCOPED(err) err = { 0 };
	struct counted counted;

	CHECK(reader_ahead(&ahead, &below.reader, &err) == 0);
	CHECK(count(ahead, 65536, &counted, &err) < 0);
	CHECK(counted.bytes == 3 * MIB + 5);
	CHECK(counted.in_order);
	CHECK(err.fault == FAULT_TRUST);
	CHECK_STR(err.msg, "the source broke");
}

TEST(a_reader_ahead_may_be_closed_early)
{
	for (size_t take = 0; take < 3; take++) {
		struct counter below = { .reader.read = counter_read,
					 .total = UINT64_MAX,
					 .step = 65536 };
		SCOPED_READER struct reader *ahead = NULL;
		SCOPED(err) err = { 0 };
		unsigned char byte;
		size_t got;

		CHECK(reader_ahead(&ahead, &below.reader, &err) == 0);
		for (size_t i = 0; i < take; i++)
			CHECK(reader_read(ahead, &byte, 1, &got, &err) == 0);
	}
}
