/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes in motion. A reader yields bytes, a writer takes them; both stack, so
 * that "verify, then inflate, then read as tar" is three readers. What lies
 * below is borrowed: whoever opened a reader or writer closes it.
 */
#pragma once

#include "cmd/lib/base/err.h"

#include "cmd/lib/base/sha256.h"

#include <stdint.h>

/*
 * `read` fills up to `size` bytes and sets `*got`; 0 means the end.
 * `close` frees the reader itself; it may be NULL.
 */
struct reader {
	int (*read)(struct reader *reader, void *data, size_t size, size_t *got,
		    struct err *err);
	void (*close)(struct reader *reader);
};

int reader_read(struct reader *reader, void *data, size_t size, size_t *got,
		struct err *err) MUST_CHECK;
/* Accepts NULL. */
void reader_close(struct reader *reader);

/* Reads and drops what is left: a verifying reader then says its verdict. */
int reader_drain(struct reader *reader, struct err *err) MUST_CHECK;

static inline void scope_reader(struct reader **reader)
{
	reader_close(*reader);
}
#define SCOPED_READER __attribute__((cleanup(scope_reader)))

/* Reads a descriptor, which it owns from now on. */
struct reader *reader_from_fd_adopt(int fd);

/*
 * Passes bytes through and, at the end, fails with FAULT_TRUST unless they were
 * exactly `size_bytes` long with that digest. `name` is copied.
 */
struct reader *reader_verified(struct reader *below,
			       const struct digest *digest, uint64_t size_bytes,
			       const char *name);

/*
 * Inflates gzip (RFC 1952, several members) or zstd (RFC 8878) by its magic
 * number; passes anything else through. FAULT_INPUT when damaged or when more
 * than `max_bytes` come out.
 */
struct reader *reader_inflated(struct reader *below, uint64_t max_bytes);

/*
 * Yields what `below` does, which a thread of its own reads up to 2 MiB ahead;
 * `below` is that thread's until this reader is closed. A failure is reported
 * behind the data that came before it, once.
 */
int reader_ahead(struct reader **reader, struct reader *below,
		 struct err *err) MUST_CHECK;

/*
 * `write` takes all of the data. `finish` ends the stream (a compressor writes
 * its last block) and may be NULL. `close` frees the writer itself.
 */
struct writer {
	int (*write)(struct writer *writer, const void *data, size_t size,
		     struct err *err);
	int (*finish)(struct writer *writer, struct err *err);
	void (*close)(struct writer *writer);
};

int writer_write(struct writer *writer, const void *data, size_t size,
		 struct err *err) MUST_CHECK;
int writer_zeros(struct writer *writer, uint64_t size,
		 struct err *err) MUST_CHECK;
/* Copies part of a file. */
int writer_copy(struct writer *writer, int fd, uint64_t offset, uint64_t length,
		struct err *err) MUST_CHECK;
int writer_finish(struct writer *writer, struct err *err) MUST_CHECK;
/* Accepts NULL. */
void writer_close(struct writer *writer);

static inline void scope_writer(struct writer **writer)
{
	writer_close(*writer);
}
#define SCOPED_WRITER __attribute__((cleanup(scope_writer)))

/* Writes to a descriptor, which stays the caller's; `name` is copied. */
struct writer *writer_to_fd(int fd, const char *name);

/* What has passed a counting writer. */
struct tally {
	uint64_t size_bytes;
	struct sha256 hash;   /* owned by the writer until it finishes */
	struct digest digest; /* set by finish */
};

/*
 * Passes bytes on, counting and hashing them; `tally` is borrowed, and declared
 * before the writer so that it outlives it.
 */
struct writer *writer_tallied(struct writer *below, struct tally *tally);

/*
 * Compresses with zstd into one frame. The bytes depend on the input and the
 * level only, never on the number of cores.
 */
struct writer *writer_zstd(struct writer *below, int level);
