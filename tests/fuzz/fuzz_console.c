/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest may write to its console, while we look for ends and phases. */
/* links: lib */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/lib/vm/console.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	SCOPED(timeline) timeline = { 0 };
	SCOPED(buf) out = { 0 };
	long long ms = 0;

	memcpy(text, data, size);
	text[size] = 0;
	for (char *line = text; line; ms++) {
		char *end = strchr(line, '\n');

		if (end)
			*end++ = '\0';
		if (console_service_status(line, "job") > 1127)
			abort();
		timeline_see_at(&timeline, line, ms);
		line = end;
	}
	timeline_end(&timeline, ms);
	timeline_text(&timeline, &out);
	timeline_svg(&timeline, &out);
	free(text);
	return 0;
}
