/* SPDX-License-Identifier: Apache-2.0 */
/* Readers and writers over descriptors, with digests. */
#include "cmd/lib/base/stream.h"

#include <errno.h>
#include <string.h>

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/mem.h"

#define CHUNK_BYTES ((size_t)128 << 10)

int reader_read(struct reader *reader, void *data, size_t size, size_t *got,
		struct err *err)
{
	return reader->read(reader, data, size, got, err);
}

void reader_close(struct reader *reader)
{
	if (reader && reader->close)
		reader->close(reader);
}

int reader_drain(struct reader *reader, struct err *err)
{
	SCOPED_FREE char *chunk = xmalloc(CHUNK_BYTES);
	size_t got;

	do {
		if (reader_read(reader, chunk, CHUNK_BYTES, &got, err) < 0)
			return -1;
	} while (got > 0);
	return 0;
}

struct fd_reader {
	struct reader reader;
	int fd; /* owned */
};

static int fd_reader_read(struct reader *reader, void *data, size_t size,
			  size_t *got, struct err *err)
{
	struct fd_reader *self = (struct fd_reader *)reader;
	ssize_t done;

	do
		done = read(self->fd, data, size);
	while (done < 0 && errno == EINTR);
	if (done < 0)
		return err_sys(err, "read");
	*got = (size_t)done;
	return 0;
}

static void fd_reader_close(struct reader *reader)
{
	struct fd_reader *self = (struct fd_reader *)reader;

	close(self->fd);
	free(self);
}

struct reader *reader_from_fd_adopt(int fd)
{
	struct fd_reader *self = xcalloc(1, sizeof(*self));

	self->reader.read = fd_reader_read;
	self->reader.close = fd_reader_close;
	self->fd = fd;
	return &self->reader;
}

struct verified_reader {
	struct reader reader;
	struct reader *below; /* borrowed */
	struct sha256 hash;
	struct digest wanted;
	uint64_t size_bytes;
	uint64_t seen_bytes;
	bool done;
	char *name; /* owned */
};

static int verify_end(struct verified_reader *self, struct err *err)
{
	char wanted[DIGEST_TEXT_SIZE];
	char found[DIGEST_TEXT_SIZE];
	struct digest digest;

	if (self->done)
		return 0;
	if (self->seen_bytes != self->size_bytes)
		return err_set(err, FAULT_TRUST,
			       "%s: %llu bytes where %llu are declared",
			       self->name, (unsigned long long)self->seen_bytes,
			       (unsigned long long)self->size_bytes);
	digest = sha256_finish(&self->hash);
	if (!digest_equal(&digest, &self->wanted))
		return err_set(err, FAULT_TRUST,
			       "%s: the content has digest %s, not %s",
			       self->name, digest_text(&digest, found),
			       digest_text(&self->wanted, wanted));
	self->done = true;
	return 0;
}

static int verified_read(struct reader *reader, void *data, size_t size,
			 size_t *got, struct err *err)
{
	struct verified_reader *self = (struct verified_reader *)reader;

	if (reader_read(self->below, data, size, got, err) < 0)
		return err_wrap(err, "%s", self->name);
	if (*got == 0)
		return verify_end(self, err);
	self->seen_bytes += *got;
	if (self->seen_bytes > self->size_bytes)
		return err_set(err, FAULT_TRUST,
			       "%s: longer than the %llu bytes declared",
			       self->name,
			       (unsigned long long)self->size_bytes);
	sha256_add(&self->hash, data, *got);
	return 0;
}

static void verified_close(struct reader *reader)
{
	struct verified_reader *self = (struct verified_reader *)reader;

	sha256_release(&self->hash);
	free(self->name);
	free(self);
}

struct reader *reader_verified(struct reader *below,
			       const struct digest *digest, uint64_t size_bytes,
			       const char *name)
{
	struct verified_reader *self = xcalloc(1, sizeof(*self));

	self->reader.read = verified_read;
	self->reader.close = verified_close;
	self->below = below;
	self->wanted = *digest;
	self->size_bytes = size_bytes;
	self->name = xstrdup(name);
	sha256_start(&self->hash);
	return &self->reader;
}

int writer_write(struct writer *writer, const void *data, size_t size,
		 struct err *err)
{
	return size ? writer->write(writer, data, size, err) : 0;
}

int writer_zeros(struct writer *writer, uint64_t size, struct err *err)
{
	static const char zeros[4096];

	while (size > 0) {
		size_t part =
			size < sizeof(zeros) ? (size_t)size : sizeof(zeros);

		if (writer_write(writer, zeros, part, err) < 0)
			return -1;
		size -= part;
	}
	return 0;
}

int writer_copy(struct writer *writer, int fd, uint64_t offset, uint64_t length,
		struct err *err)
{
	SCOPED_FREE char *chunk = length ? xmalloc(CHUNK_BYTES) : NULL;

	while (length > 0) {
		size_t part =
			length < CHUNK_BYTES ? (size_t)length : CHUNK_BYTES;

		if (fd_read_at(fd, chunk, part, offset, err) < 0 ||
		    writer_write(writer, chunk, part, err) < 0)
			return -1;
		offset += part;
		length -= part;
	}
	return 0;
}

int writer_finish(struct writer *writer, struct err *err)
{
	return writer->finish ? writer->finish(writer, err) : 0;
}

void writer_close(struct writer *writer)
{
	if (writer && writer->close)
		writer->close(writer);
}

struct fd_writer {
	struct writer writer;
	int fd;     /* borrowed */
	char *name; /* owned */
};

static int fd_writer_write(struct writer *writer, const void *data, size_t size,
			   struct err *err)
{
	struct fd_writer *self = (struct fd_writer *)writer;

	return fd_write_all(self->fd, data, size, self->name, err);
}

static void fd_writer_close(struct writer *writer)
{
	struct fd_writer *self = (struct fd_writer *)writer;

	free(self->name);
	free(self);
}

struct writer *writer_to_fd(int fd, const char *name)
{
	struct fd_writer *self = xcalloc(1, sizeof(*self));

	self->writer.write = fd_writer_write;
	self->writer.close = fd_writer_close;
	self->fd = fd;
	self->name = xstrdup(name);
	return &self->writer;
}

struct tallied_writer {
	struct writer writer;
	struct writer *below; /* borrowed */
	struct tally *tally;  /* borrowed */
};

static int tallied_write(struct writer *writer, const void *data, size_t size,
			 struct err *err)
{
	struct tallied_writer *self = (struct tallied_writer *)writer;

	self->tally->size_bytes += size;
	sha256_add(&self->tally->hash, data, size);
	return writer_write(self->below, data, size, err);
}

static int tallied_finish(struct writer *writer, struct err *err)
{
	struct tallied_writer *self = (struct tallied_writer *)writer;

	(void)err;
	self->tally->digest = sha256_finish(&self->tally->hash);
	return 0;
}

static void tallied_close(struct writer *writer)
{
	struct tallied_writer *self = (struct tallied_writer *)writer;

	sha256_release(&self->tally->hash);
	free(self);
}

struct writer *writer_tallied(struct writer *below, struct tally *tally)
{
	struct tallied_writer *self = xcalloc(1, sizeof(*self));

	self->writer.write = tallied_write;
	self->writer.finish = tallied_finish;
	self->writer.close = tallied_close;
	self->below = below;
	self->tally = tally;
	tally->size_bytes = 0;
	sha256_start(&tally->hash);
	return &self->writer;
}
