/* SPDX-License-Identifier: Apache-2.0 */
/* A reader of the bytes a fuzzer gives. */
#pragma once

#include <string.h>

#include "cmd/lib/base/stream.h"

struct memory_reader {
	struct reader reader;
	const uint8_t *data;
	size_t size;
};

static int memory_read(struct reader *reader, void *data, size_t size,
		       size_t *got, struct err *err)
{
	struct memory_reader *self = (struct memory_reader *)reader;

	(void)err;
	*got = size < self->size ? size : self->size;
	if (*got)
		memcpy(data, self->data, *got);
	self->data += *got;
	self->size -= *got;
	return 0;
}

#define MEMORY_READER(data, size)                                              \
	{                                                                      \
		{ memory_read, NULL }, data, size                              \
	}
