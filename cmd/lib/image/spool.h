/* SPDX-License-Identifier: Apache-2.0 */
/* File contents, one behind the other, in an unnamed temporary file. */
#pragma once

#include "cmd/lib/base/stream.h"
#include "cmd/lib/image/tree.h"

/* Open with spool_open; -1 is closed. */
struct spool {
	int fd;
	uint64_t size_bytes;
	char *pending; /* what is not written yet */
	size_t pending_bytes;
};

#define SPOOL_INIT                                                             \
	{                                                                      \
		.fd = -1                                                       \
	}

int spool_open(struct spool *spool, struct err *err) MUST_CHECK;
void spool_release(struct spool *spool);

/* Appends; the place before the call is spool->size_bytes. */
int spool_add(struct spool *spool, const void *data, size_t size,
	      struct err *err) MUST_CHECK;
/* Writes out what is pending: needed before anything is read by descriptor. */
int spool_flush(struct spool *spool, struct err *err) MUST_CHECK;

/* Our own content; its source is the digest of the bytes. */
int spool_add_content(struct spool *spool, const void *data, size_t size,
		      struct content *content, struct err *err) MUST_CHECK;

/* Writes a content into a writer. */
int spool_copy(struct spool *spool, const struct content *content,
	       struct writer *to, struct err *err) MUST_CHECK;
/* Reads a content whole; FAULT_INPUT when larger than the buffer's maximum. */
struct buf;
int spool_load(struct spool *spool, const struct content *content,
	       struct buf *buf, struct err *err) MUST_CHECK;

/* A reader of one content; the spool must not be released before it. */
struct reader *spool_reader(struct spool *spool, const struct content *content);

/*
 * Appends all that a reader yields; the source is the digest of the bytes.
 */
int spool_add_reader(struct spool *spool, struct reader *reader,
		     struct content *content, struct err *err) MUST_CHECK;

/* A writer that appends to the spool. */
struct writer *spool_writer(struct spool *spool);
