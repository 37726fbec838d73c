/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between a guest's console and ours: what it writes goes to standard output
 * and is looked through, keys from standard input go to it.
 */
#pragma once

#include "cmd/lib/base/buf.h"
#include "cmd/lib/vm/timeline.h"

#include <stdbool.h>

/* Fill the first part; the rest starts as CONSOLE_INIT has it. */
struct console {
	const char *expected;      /* borrowed; NULL: no text is waited for */
	const char *service;       /* borrowed; NULL: no service's end is */
	struct timeline *timeline; /* borrowed; NULL: none is kept */
	bool on_terminal;          /* Ctrl-] is a way out */
	int keys;                  /* borrowed; -1: there are none */
	int fd;                    /* borrowed; -1: its end has come */
	/* What was seen */
	bool found;      /* the text */
	int status;      /* of the service; -1: it has not ended */
	bool going_down; /* our init has said so */
	bool halted;     /* the kernel has said its last word */
	unsigned leaves; /* how often Ctrl-] was typed */
	/* internal */
	struct buf tail; /* where the text may have begun */
	struct buf line; /* what came since the last newline */
	struct buf typed;
};

#define CONSOLE_INIT                                                           \
	{                                                                      \
		.keys = -1, .fd = -1, .status = -1                             \
	}

void console_release(struct console *console);

/*
 * Passes on what there is, waiting up to `ms`; a signal cuts that short. False
 * when the guest had nothing to say.
 */
bool console_pump(struct console *console, int ms);

/*
 * The exit status that a line of the launcher tells about the end of a service,
 * 128 and the number for a signal; -1: it tells nothing of the kind.
 */
int console_service_status(const char *line, const char *service);
