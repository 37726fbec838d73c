/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of rpm, and the databases that hold them, made for a test. */
#pragma once

#include "tests/unit/unit.h"

#include "cmd/lib/base/buf.h"
#include "cmd/lib/build/pkgdb.h"

/* A header being made: entries and data grow apart. */
struct rpmfix {
	struct buf entries, data;
	unsigned count;
};

static inline void rpmfix_release(struct rpmfix *fix)
{
	buf_release(&fix->entries);
	buf_release(&fix->data);
}

static inline void put_be32(struct buf *to, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_add_char(to, (char)(value >> shift));
}

static inline void put_le32(struct buf *to, uint32_t value)
{
	for (int shift = 0; shift <= 24; shift += 8)
		buf_add_char(to, (char)(value >> shift));
}

static inline void put_zeros(struct buf *to, size_t count)
{
	while (count--)
		buf_add_char(to, 0);
}

static inline void rpmfix_entry(struct rpmfix *fix, uint32_t tag, uint32_t type,
				uint32_t offset, uint32_t count)
{
	put_be32(&fix->entries, tag);
	put_be32(&fix->entries, type);
	put_be32(&fix->entries, offset);
	put_be32(&fix->entries, count);
	fix->count++;
}

static inline void rpmfix_text(struct rpmfix *fix, uint32_t tag,
			       const char *text)
{
	rpmfix_entry(fix, tag, 6, (uint32_t)fix->data.size, 1);
	buf_add(&fix->data, text, strlen(text) + 1);
}

/* Appends the header: how many entries and bytes, then both. */
static inline void rpmfix_write(const struct rpmfix *fix, struct buf *to)
{
	put_be32(to, fix->count);
	put_be32(to, (uint32_t)fix->data.size);
	buf_add(to, buf_text(&fix->entries), fix->entries.size);
	buf_add(to, buf_text(&fix->data), fix->data.size);
}

/* The least a header can be. */
static inline void put_header(struct buf *to, const char *name,
			      const char *version)
{
	SCOPED(rpmfix) fix = { 0 };

	rpmfix_text(&fix, 1000, name);
	rpmfix_text(&fix, 1001, version);
	rpmfix_write(&fix, to);
}

/*
 * Packages.db of "ndb" with these blobs: a page of slots, the first two of
 * which are the file's header; blobs begin at units of 16 bytes.
 */
static inline void put_ndb(struct buf *to, const struct buf *blobs,
			   size_t count)
{
	SCOPED(buf) heap = { 0 };

	buf_add_str(to, "RpmP");
	put_le32(to, 0); /* version */
	put_le32(to, 1); /* generation */
	put_le32(to, 1); /* pages of slots */
	put_le32(to, (uint32_t)count + 1);
	put_zeros(to, 12);
	for (size_t i = 0; i < 254; i++) {
		buf_add_str(to, "Slot");
		if (i >= count) {
			put_zeros(to, 12);
			continue;
		}
		put_le32(to, (uint32_t)i + 1);
		put_le32(to, (uint32_t)(4096 + heap.size) / 16);
		put_le32(to, (uint32_t)(16 + blobs[i].size + 12 + 15) / 16);
		buf_add_str(&heap, "BlbS");
		put_le32(&heap, (uint32_t)i + 1);
		put_le32(&heap, 1);
		put_le32(&heap, (uint32_t)blobs[i].size);
		buf_add(&heap, buf_text(&blobs[i]), blobs[i].size);
		put_zeros(&heap, (16 - (heap.size + 12) % 16) % 16);
		put_le32(&heap, 0);
		put_le32(&heap, (uint32_t)blobs[i].size);
		buf_add_str(&heap, "BlbE");
	}
	buf_add(to, heap.data, heap.size);
}
