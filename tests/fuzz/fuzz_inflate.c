/* SPDX-License-Identifier: Apache-2.0 */
/* gzip and zstd, inflated. */
/* links: lib */
#include "tests/fuzz/memory_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory_reader below = MEMORY_READER(data, size);
	SCOPED_READER struct reader *reader =
		reader_inflated(&below.reader, 1 << 20);
	SCOPED(err) err = { 0 };

	if (reader_drain(reader, &err) < 0 && !err.msg)
		abort();
	return 0;
}
