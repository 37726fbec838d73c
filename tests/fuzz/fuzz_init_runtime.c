/* SPDX-License-Identifier: Apache-2.0 */
/* runtime.json with its `kitbuild`, up to the order of starting. */
/* links: pkg/init/service/supervise.c pkg/init/service/supervise_step.c */
/* links: pkg/init/service/supervise_graph.c pkg/init/service/policy.c */
/* links: pkg/init/service/jsonget.c pkg/init/service/runtime.c */
/* links: pkg/init/service/fs.c pkg/init/service/err.c -ljansson */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pkg/init/service/runtime.h"
#include "pkg/init/service/supervise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Some rounds in which everything starts, ends and is asked for. */
static void drive(struct supervise *supervise)
{
	struct event event = { .kind = EVENT_RUNTIME_UP };
	struct action action;

	supervise_event(supervise, &event);
	for (int round = 0; round < 20; round++) {
		while (supervise_next(supervise, &action)) {
			event = (struct event){ .kind = EVENT_STARTED,
						.now = event.now + 1,
						.unit = action.unit };
			if (action.kind == ACTION_TERM)
				event.kind = EVENT_EXITED;
			supervise_event(supervise, &event);
		}
		long long next = supervise_deadline(supervise);

		event = (struct event){ .kind = EVENT_TICK, .now = event.now };
		if (next > event.now)
			event.now = next;
		supervise_event(supervise, &event);
	}
	event.kind = EVENT_DOWN;
	supervise_event(supervise, &event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_RUNTIME runtime = { 0 };
	struct err err;
	char *text = malloc(size + 1);

	memcpy(text, data, size);
	text[size] = 0;
	if (runtime_decode(&runtime, text, &err) == 0) {
		const struct unit_config units[] = {
			{ "web", &runtime.policy, false, NULL, false },
			{ "db", &runtime.policy, true, NULL, false },
			{ "log", &runtime.policy, false, NULL, false },
		};
		struct supervise supervise;

		supervise_init(&supervise, units, ARRAY_LEN(units));
		drive(&supervise);
		supervise_release(&supervise);
	}
	free(text);
	return 0;
}
