/* SPDX-License-Identifier: Apache-2.0 */
/* The inflating reader: gzip by ISA-L, zstd by libzstd, by magic number. */
#include "cmd/lib/base/stream.h"

#include <string.h>

#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include "cmd/lib/base/limits.h"
#include "cmd/lib/base/mem.h"

#define IN_BYTES ((size_t)128 << 10)
#define MAGIC_BYTES 4
#define GROWTH_BYTES ((uint64_t)64 << 20)

enum codec { CODEC_UNKNOWN, CODEC_PLAIN, CODEC_GZIP, CODEC_ZSTD };

struct inflater {
	struct reader reader;
	struct reader *below; /* borrowed */
	enum codec codec;
	uint8_t in[IN_BYTES];
	size_t in_next, in_size;
	bool below_ended;
	bool in_stream; /* inside a gzip member or a zstd frame */
	bool ended;
	uint64_t in_bytes, out_bytes, max_bytes;
	struct inflate_state gzip;
	ZSTD_DStream *zstd;
};

/* Reads more input behind what is left of it. */
static int refill(struct inflater *self, struct err *err)
{
	size_t got;

	memmove(self->in, self->in + self->in_next,
		self->in_size - self->in_next);
	self->in_size -= self->in_next;
	self->in_next = 0;
	if (self->below_ended || self->in_size == IN_BYTES)
		return 0;
	if (reader_read(self->below, self->in + self->in_size,
			IN_BYTES - self->in_size, &got, err) < 0)
		return -1;
	self->in_size += got;
	self->in_bytes += got;
	self->below_ended = got == 0;
	return 0;
}

static int detect(struct inflater *self, struct err *err)
{
	static const uint8_t zstd_magic[] = { 0x28, 0xb5, 0x2f, 0xfd };

	while (self->in_size < MAGIC_BYTES && !self->below_ended)
		if (refill(self, err) < 0)
			return -1;
	self->codec = CODEC_PLAIN;
	if (self->in_size >= 2 && self->in[0] == 0x1f && self->in[1] == 0x8b)
		self->codec = CODEC_GZIP;
	if (self->in_size >= MAGIC_BYTES &&
	    memcmp(self->in, zstd_magic, MAGIC_BYTES) == 0)
		self->codec = CODEC_ZSTD;
	return 0;
}

static int read_plain(struct inflater *self, void *data, size_t size,
		      size_t *got, struct err *err)
{
	size_t left = self->in_size - self->in_next;

	if (left == 0)
		return reader_read(self->below, data, size, got, err);
	*got = left < size ? left : size;
	memcpy(data, self->in + self->in_next, *got);
	self->in_next += *got;
	return 0;
}

static int damaged(const char *what, struct err *err)
{
	return err_set(err, FAULT_INPUT, "damaged %s data", what);
}

/*
 * Between members: another one, or padding. What follows the last member is
 * dropped, as gzip(1) does; the reader below has hashed it all the same.
 */
static int next_member(struct inflater *self, struct err *err)
{
	while (self->in_size - self->in_next < 2 && !self->below_ended)
		if (refill(self, err) < 0)
			return -1;
	if (self->in_size - self->in_next < 2 ||
	    self->in[self->in_next] != 0x1f ||
	    self->in[self->in_next + 1] != 0x8b) {
		self->ended = true;
		return reader_drain(self->below, err);
	}
	isal_inflate_init(&self->gzip);
	self->gzip.crc_flag = ISAL_GZIP;
	self->in_stream = true;
	return 0;
}

static int step_gzip(struct inflater *self, void *data, size_t size,
		     size_t *got, struct err *err)
{
	struct inflate_state *gzip = &self->gzip;
	int status;

	if (!self->in_stream)
		return next_member(self, err);
	gzip->next_in = self->in + self->in_next;
	gzip->avail_in = (uint32_t)(self->in_size - self->in_next);
	gzip->next_out = data;
	gzip->avail_out = (uint32_t)size;
	status = isal_inflate(gzip);
	if (status != ISAL_DECOMP_OK && status != ISAL_END_INPUT)
		return damaged("gzip", err);
	self->in_next = self->in_size - gzip->avail_in;
	*got = size - gzip->avail_out;
	if (gzip->block_state == ISAL_BLOCK_FINISH)
		self->in_stream = false;
	else if (*got == 0 && self->below_ended)
		return damaged("gzip", err);
	return 0;
}

static int step_zstd(struct inflater *self, void *data, size_t size,
		     size_t *got, struct err *err)
{
	ZSTD_inBuffer in = { self->in, self->in_size, self->in_next };
	ZSTD_outBuffer out = { data, size, 0 };
	size_t status;

	if (self->in_next == self->in_size && self->below_ended &&
	    !self->in_stream) {
		self->ended = true;
		return 0;
	}
	status = ZSTD_decompressStream(self->zstd, &out, &in);
	if (ZSTD_isError(status))
		return damaged("zstd", err);
	self->in_next = in.pos;
	self->in_stream = status != 0;
	*got = out.pos;
	if (*got == 0 && self->in_stream && self->below_ended &&
	    self->in_next == self->in_size)
		return damaged("zstd", err);
	return 0;
}

static int read_coded(struct inflater *self, void *data, size_t size,
		      size_t *got, struct err *err)
{
	int (*step)(struct inflater *, void *, size_t, size_t *, struct err *) =
		self->codec == CODEC_GZIP ? step_gzip : step_zstd;

	*got = 0;
	while (*got == 0 && !self->ended) {
		if (self->in_next == self->in_size && refill(self, err) < 0)
			return -1;
		if (step(self, data, size, got, err) < 0)
			return -1;
	}
	return 0;
}

/* What is small may grow as it likes. */
static int check_growth(const struct inflater *self, struct err *err)
{
	if (self->out_bytes > self->max_bytes)
		return err_set(err, FAULT_INPUT,
			       "inflates to more than the %llu bytes allowed",
			       (unsigned long long)self->max_bytes);
	if (self->codec != CODEC_PLAIN && self->out_bytes > GROWTH_BYTES &&
	    self->out_bytes / limit_of(LIMIT_RATIO) > self->in_bytes)
		return err_set(
			err, FAULT_INPUT,
			"inflates to more than %zu times its size (--limit ratio)",
			limit_of(LIMIT_RATIO));
	return 0;
}

static int inflater_read(struct reader *reader, void *data, size_t size,
			 size_t *got, struct err *err)
{
	struct inflater *self = (struct inflater *)reader;
	int result;

	if (self->codec == CODEC_UNKNOWN && detect(self, err) < 0)
		return -1;
	if (size > UINT32_MAX)
		size = UINT32_MAX;
	if (self->codec == CODEC_PLAIN)
		result = read_plain(self, data, size, got, err);
	else
		result = read_coded(self, data, size, got, err);
	if (result < 0)
		return -1;
	self->out_bytes += *got;
	return check_growth(self, err);
}

static void inflater_close(struct reader *reader)
{
	struct inflater *self = (struct inflater *)reader;

	ZSTD_freeDStream(self->zstd);
	free(self);
}

struct reader *reader_inflated(struct reader *below, uint64_t max_bytes)
{
	struct inflater *self = xcalloc(1, sizeof(*self));

	self->reader.read = inflater_read;
	self->reader.close = inflater_close;
	self->below = below;
	self->max_bytes = max_bytes;
	self->zstd = ZSTD_createDStream();
	if (!self->zstd) {
		fputs("kitbuild: libzstd cannot be set up\n", stderr);
		abort();
	}
	return &self->reader;
}
