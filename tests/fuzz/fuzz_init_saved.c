/* SPDX-License-Identifier: Apache-2.0 */
/* What process 1 and a new supervisor read of one that died. */
/* links: pkg/init/service/adopt.c pkg/init/service/supervise_step.c */
/* links: pkg/init/service/supervise.c */
/* links: pkg/init/service/supervise_graph.c pkg/init/service/policy.c */
/* links: pkg/init/service/jsonget.c pkg/init/service/fs.c */
/* links: pkg/init/service/err.c pkg/init/common/proctext.c */
/* links: pkg/init/init/keep.c -ljansson */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pkg/init/common/proctext.h"
#include "pkg/init/init/keep.h"
#include "pkg/init/service/adopt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct policy policy = { .ready = { .socket = "" } };
	struct unit unit = { .policy = &policy };
	char *text = malloc(size + 1);
	char again[SAVED_BYTES];
	struct saved saved;
	struct keep keep;

	memcpy(text, data, size);
	text[size] = 0;
	(void)stat_born(text);
	if (saved_decode(&saved, text)) {
		saved_restore(&saved, &unit, 1000);
		saved_encode(&saved, again);
		if (!saved_decode(&saved, again))
			abort();
	}
	(void)keep_parse(text, &keep);
	free(text);
	return 0;
}
