/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rpm's old database: Packages is a hash of Berkeley DB. Page 0 tells the size
 * of pages and how many there are; pages of type "hash" hold pairs of key and
 * value, and a header, being large, lies on a chain of overflow pages. Numbers
 * have the order of the machine that wrote them. Every page is looked at: what
 * the keys are does not matter.
 */
#include "cmd/lib/build/pkgdb.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/lib/base/buf.h"

#define HASH_MAGIC 0x00061561U
#define PAGE_MIN 512
#define PAGE_MAX 65536
#define PAGE_HEADER 26

enum page_type {
	PAGE_HASH_UNSORTED = 2,
	PAGE_OVERFLOW = 7,
	PAGE_HASH_META = 8,
	PAGE_HASH = 13,
};

enum item_type {
	ITEM_DATA = 1,
	ITEM_OFF_PAGE = 3,
};

#define OFF_PAGE_BYTES 12

struct bdb {
	const uint8_t *data;
	size_t page_bytes, page_count;
	bool swapped; /* big-endian */
	size_t left; /* what the headers to come can have: they share nothing */
};

static uint32_t get32(const struct bdb *bdb, const uint8_t *bytes)
{
	uint32_t number = (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 |
			  (uint32_t)bytes[1] << 8 | bytes[0];

	return bdb->swapped ? __builtin_bswap32(number) : number;
}

static size_t get16(const struct bdb *bdb, const uint8_t *bytes)
{
	return bdb->swapped ? (size_t)bytes[0] << 8 | bytes[1]
			    : (size_t)bytes[1] << 8 | bytes[0];
}

static const uint8_t *page_at(const struct bdb *bdb, size_t number)
{
	return bdb->data + number * bdb->page_bytes;
}

static int open_bdb(struct bdb *bdb, const uint8_t *data, size_t size,
		    struct err *err)
{
	*bdb = (struct bdb){ .data = data, .left = size };
	if (size < PAGE_MIN)
		return err_set(err, FAULT_INPUT, "no database of Berkeley DB");
	bdb->swapped = get32(bdb, data + 12) != HASH_MAGIC;
	if (get32(bdb, data + 12) != HASH_MAGIC || data[25] != PAGE_HASH_META)
		return err_set(err, FAULT_INPUT, "no hash of Berkeley DB");
	if (data[24] != 0)
		return err_set(err, FAULT_INPUT, "it is encrypted");
	bdb->page_bytes = get32(bdb, data + 20);
	if (bdb->page_bytes < PAGE_MIN || bdb->page_bytes > PAGE_MAX ||
	    (bdb->page_bytes & (bdb->page_bytes - 1)) != 0)
		return err_set(err, FAULT_INPUT, "pages of %zu bytes",
			       bdb->page_bytes);
	bdb->page_count = size / bdb->page_bytes;
	if (get32(bdb, data + 32) >= bdb->page_count)
		return err_set(err, FAULT_INPUT, "it is cut off");
	return 0;
}

/* Each page but one adds something, so a chain cannot run in a circle. */
static int follow(const struct bdb *bdb, uint32_t number, uint32_t length,
		  struct buf *value, struct err *err)
{
	while (value->size < length) {
		const uint8_t *page;
		size_t used, left = length - value->size;

		if (number == 0 || number >= bdb->page_count)
			return err_set(err, FAULT_INPUT,
				       "a header that is cut off");
		page = page_at(bdb, number);
		used = get16(bdb, page + 22);
		if (page[25] != PAGE_OVERFLOW || used == 0 ||
		    used > bdb->page_bytes - PAGE_HEADER)
			return err_set(err, FAULT_INPUT,
				       "page %u is no overflow page",
				       (unsigned)number);
		if (!buf_try_add(value, page + PAGE_HEADER,
				 used < left ? used : left))
			return err_set(err, FAULT_INPUT, "a header too long");
		number = get32(bdb, page + 16);
	}
	return 0;
}

static int read_off_page(struct pkgdb *db, struct bdb *bdb, const uint8_t *item,
			 struct err *err)
{
	uint32_t length = get32(bdb, item + 8);
	SCOPED(buf) value = { .max_bytes = PKGDB_MAX_BYTES };

	if (length > bdb->left)
		return err_set(err, FAULT_INPUT, "its headers overlap");
	bdb->left -= length;
	if (follow(bdb, get32(bdb, item + 4), length, &value, err) < 0)
		return -1;
	return pkgdb_parse_rpm(db, (const uint8_t *)buf_text(&value),
			       value.size, err);
}

/* Items lie from the end of the page down, in the order of their offsets. */
static int read_item(struct pkgdb *db, struct bdb *bdb, const uint8_t *page,
		     size_t index, struct err *err)
{
	const uint8_t *offsets = page + PAGE_HEADER;
	size_t start = get16(bdb, offsets + 2 * index);
	/* A value always has its key before it. */
	size_t end = get16(bdb, offsets + 2 * (index - 1));

	if (start >= end || end > bdb->page_bytes)
		return err_set(err, FAULT_INPUT, "a page is damaged");
	if (page[start] == ITEM_OFF_PAGE && end - start >= OFF_PAGE_BYTES)
		return read_off_page(db, bdb, page + start, err);
	/* The one small value is the number that the next header gets. */
	if (page[start] == ITEM_DATA && end - start > 1 + 8)
		return pkgdb_parse_rpm(db, page + start + 1, end - start - 1,
				       err);
	return 0;
}

static int read_page(struct pkgdb *db, struct bdb *bdb, const uint8_t *page,
		     struct err *err)
{
	size_t count = get16(bdb, page + 20);

	if (page[25] != PAGE_HASH && page[25] != PAGE_HASH_UNSORTED)
		return 0;
	if (count > (bdb->page_bytes - PAGE_HEADER) / 2)
		return err_set(err, FAULT_INPUT, "a page is damaged");
	for (size_t i = 1; i < count; i += 2)
		if (read_item(db, bdb, page, i, err) < 0)
			return -1;
	return 0;
}

int pkgdb_parse_rpm_bdb(struct pkgdb *db, uint8_t *data, size_t size,
			struct err *err)
{
	struct bdb bdb;

	if (open_bdb(&bdb, data, size, err) < 0)
		return -1;
	for (size_t i = 1; i < bdb.page_count; i++)
		if (read_page(db, &bdb, page_at(&bdb, i), err) < 0)
			return -1;
	return 0;
}
