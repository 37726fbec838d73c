/* fuzzes: oci_ref_parse, references to images */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/ref.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_FREE char *text = xstrndup((const char *)data, size);
	SCOPED(err) err = { 0 };
	SCOPED(oci_ref) ref = { 0 };
	SCOPED(oci_ref) again = { 0 };

	if (oci_ref_parse(&ref, text, &err) < 0)
		return 0;
	/* An expanded name stands for itself. */
	if (oci_ref_parse(&again, ref.name, &err) < 0 ||
	    strcmp(ref.name, again.name) != 0)
		abort();
	return 0;
}
