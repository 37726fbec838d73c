/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's console that is read by us: copied to standard output, and looked
 * through for a text. */
#pragma once

#include "cmd/lib/base/buf.h"

#include <stdbool.h>

/* Fill `expected` and `fd`; the rest starts zeroed. */
struct console {
	int fd;               /* owned; -1: its end has come */
	const char *expected; /* borrowed; NULL: nothing */
	bool found;
	/* internal */
	struct buf tail; /* where the text may have begun */
};

void console_release(struct console *console);

/* Takes what comes within `ms`; false when nothing came. */
bool console_pump(struct console *console, int ms);
