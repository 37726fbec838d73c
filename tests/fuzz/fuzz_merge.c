/* fuzzes: oci_merge_run, two indexes with a NUL between them */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/merge.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *middle = size ? memchr(data, 0, size) : NULL;
	size_t first = middle ? (size_t)(middle - data) : size;
	SCOPED(buf) ours = { 0 };
	SCOPED(buf) theirs = { 0 };
	SCOPED(oci_merge) merge = { .ours = &ours, .theirs = &theirs };
	SCOPED(err) err = { 0 };

	buf_add(&ours, data, first);
	if (middle)
		buf_add(&theirs, middle + 1, size - first - 1);
	if (oci_merge_run(&merge, &err) < 0 && err.fault != FAULT_INPUT)
		abort();
	return 0;
}
