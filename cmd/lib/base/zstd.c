/* SPDX-License-Identifier: Apache-2.0 */
/* The zstd writer. */
#include "cmd/lib/base/stream.h"

#include <zstd.h>

#include "cmd/lib/base/mem.h"

struct zstd_writer {
	struct writer writer;
	struct writer *below; /* borrowed */
	ZSTD_CCtx *context;
	void *out;
	size_t out_size;
};

static int push(struct zstd_writer *self, ZSTD_inBuffer *in,
		ZSTD_EndDirective mode, struct err *err)
{
	size_t left;

	do {
		ZSTD_outBuffer out = { self->out, self->out_size, 0 };

		left = ZSTD_compressStream2(self->context, &out, in, mode);
		if (ZSTD_isError(left))
			return err_set(err, FAULT_SYSTEM, "compress: %s",
				       ZSTD_getErrorName(left));
		if (writer_write(self->below, self->out, out.pos, err) < 0)
			return -1;
	} while (mode == ZSTD_e_end ? left > 0 : in->pos < in->size);
	return 0;
}

static int zstd_write(struct writer *writer, const void *data, size_t size,
		      struct err *err)
{
	struct zstd_writer *self = (struct zstd_writer *)writer;
	ZSTD_inBuffer in = { data, size, 0 };

	return push(self, &in, ZSTD_e_continue, err);
}

static int zstd_finish(struct writer *writer, struct err *err)
{
	struct zstd_writer *self = (struct zstd_writer *)writer;
	ZSTD_inBuffer in = { NULL, 0, 0 };

	return push(self, &in, ZSTD_e_end, err);
}

static void zstd_close(struct writer *writer)
{
	struct zstd_writer *self = (struct zstd_writer *)writer;

	ZSTD_freeCCtx(self->context);
	free(self->out);
	free(self);
}

struct writer *writer_zstd(struct writer *below, int level)
{
	struct zstd_writer *self = xcalloc(1, sizeof(*self));

	self->writer.write = zstd_write;
	self->writer.finish = zstd_finish;
	self->writer.close = zstd_close;
	self->below = below;
	self->context = ZSTD_createCCtx();
	self->out_size = ZSTD_CStreamOutSize();
	self->out = xmalloc(self->out_size);
	if (!self->context ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(
		    self->context, ZSTD_c_compressionLevel, level)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(self->context,
						ZSTD_c_checksumFlag, 1))) {
		fputs("kitbuild: libzstd cannot be set up\n", stderr);
		abort();
	}
	return &self->writer;
}
