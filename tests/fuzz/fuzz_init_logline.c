/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a service writes is a line of JSON, and of syslog. */
/* links: pkg/init/service/logline.c pkg/init/service/syslog.c */
/* links: pkg/init/service/fs.c pkg/init/service/err.c -ljansson */

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pkg/init/service/logline.h"
#include "pkg/init/service/syslog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	char *out = malloc(LOGLINE_ROOM);
	struct syslog syslog;
	struct err err;

	memcpy(text, data, size);
	text[size] = '\0';
	const struct logline line = { .host = text,
				      .service = text,
				      .stream = "stdout",
				      .text = text,
				      .len = size };
	size_t len = logline_json(&line, out);
	json_t *object = len < LOGLINE_ROOM
				 ? json_loadb(out, len, JSON_ALLOW_NUL, NULL)
				 : NULL;

	if (!object || logline_syslog(&line, out) >= LOGLINE_ROOM)
		abort();
	json_decref(object);
	(void)!syslog_parse(&syslog, text, &err);
	free(out);
	free(text);
	return 0;
}
