/* SPDX-License-Identifier: Apache-2.0 */
/* JSON, parsed, written, and parsed again. */
/* links: lib */
#include <string.h>

#include "cmd/lib/base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_JSON json_t *json = NULL;
	SCOPED_JSON json_t *again = NULL;
	SCOPED(buf) text = { 0 };
	SCOPED(err) err = { 0 };

	if (json_parse(&json, (const char *)data, size, "fuzz", &err) < 0)
		return 0;
	json_write(&text, json);
	/* Written for 2^64, and more than jansson itself reads. */
	if (strstr(buf_text(&text), "18446744073709551615"))
		return 0;
	if (json_parse(&again, buf_text(&text), text.size, "again", &err) < 0)
		abort();
	return 0;
}
