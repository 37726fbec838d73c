/* SPDX-License-Identifier: Apache-2.0 */
/* What service reads: JSON members, status texts, settings. */
/* links: pkg/init/service/jsonspan.c pkg/init/service/grpcframe.c */
/* links: pkg/init/service/lineconf.c pkg/sysctl/line.c */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pkg/init/service/grpcframe.h"
#include "pkg/init/service/jsonspan.h"
#include "pkg/init/service/lineconf.h"
#include "pkg/sysctl/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct json_span span;
	struct line line;
	char small[32];
	size_t len;

	memcpy(text, data, size);
	text[size] = 0;
	(void)grpc_frame_check(data, size, &len);
	grpc_text_decode(data, size, small, sizeof(small));
	if (json_find(text, 0, "root", &span))
		(void)json_find(text, span.start, "path", &span);
	(void)lineconf_get(text, "cliopts", small, sizeof(small));
	(void)line_path(text, small, sizeof(small));
	(void)line_parse(text, &line);
	free(text);
	return 0;
}
