/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting on the way down: never for ever, and never with a hungry watchdog. */
#pragma once

#include <stdbool.h>

/* The way down begins now: its buttons and signals are heard from here. */
void down_begin(void);

/* Milliseconds since some time ago. */
long long down_now(void);

/*
 * Sleeps until a child ends, the watchdog is due or the deadline. False after
 * the deadline, or when a second power signal, or a later press of the button,
 * says that waiting is over. With more it only looks, and does not sleep: more
 * children have ended.
 */
bool down_wait(long long deadline, bool more);

/*
 * Does the work in a child: of a disk or a server that does not answer a call
 * may never come back. Waits as long as what is yet to be written gets less.
 * Returns 0, or -1 with the errno of the work; ETIMEDOUT if it was given up.
 */
int down_do(int (*work)(const char *what), const char *what);
