/* SPDX-License-Identifier: Apache-2.0 */
/* config.json, read without an OCI runtime, and as it is changed for one. */
/* links: pkg/init/service/mountopt.c */
/* links: pkg/init/service/plain.c pkg/init/service/capability.c */
/* links: pkg/init/service/runtime.c pkg/init/service/policy.c */
/* links: pkg/init/service/jsonget.c pkg/init/service/jsonspan.c */
/* links: pkg/init/service/inside_wrap.c pkg/init/service/spec.c */
/* links: pkg/init/service/fs.c pkg/init/service/err.c -ljansson */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pkg/init/service/inside.h"
#include "pkg/init/service/plain.h"
#include "pkg/init/service/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const argv[] = { "a", NULL };
	const struct policy policy = { .ready = { .fd = 3 } };
	char *text = malloc(size + 1);
	char *out = NULL;
	struct plain plain;
	struct err err;

	memcpy(text, data, size);
	text[size] = 0;
	if (plain_decode(&plain, text, &err) == 0)
		plain_release(&plain);
	(void)!inside_wrap(text, &policy, "/f", &out, &err);
	free(out);
	(void)!spec_process(text, argv, size % 2 == 0, &out, &err);
	free(out);
	free(text);
	return 0;
}
