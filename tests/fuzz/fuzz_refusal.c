/* fuzzes: http_refusal_text, what a registry says when it refuses */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(buf) body = { 0 };
	SCOPED_FREE char *text = NULL;

	buf_add(&body, data, size);
	text = http_refusal_text(&body);
	for (const char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			abort();
	return 0;
}
