/* SPDX-License-Identifier: Apache-2.0 */
/* A lock file. */
/* links: lib */
#include <stdlib.h>

#include "yml/lock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(lock) lock = { 0 };
	SCOPED(buf) text = { 0 };
	SCOPED(err) err = { 0 };

	buf_add(&text, data, size);
	if (lock_decode(&lock, "fuzz", &text, &err) < 0)
		return 0;
	for (size_t i = 0; i < lock.images.count; i++)
		if (!lock_find(&lock, lock.images.keys[i]))
			abort();
	return 0;
}
