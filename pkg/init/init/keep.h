/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines in which the supervisor of services says how it is to be started
 * again: its process id, then the words of its command. Pure.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#define KEEP_WORDS 16

struct keep {
	pid_t pid;
	char *argv[KEEP_WORDS + 1]; /* borrowed from the text; ends in NULL */
};

/* Takes the text apart in place. False if it is not what it has to be. */
bool keep_parse(char *text, struct keep *keep);

/* Deaths, one soon after the other. Times are milliseconds. */
struct keep_row {
	unsigned deaths;
	long long started; /* the last one that died */
};

/*
 * How long to wait before the next start after a death now, or -1: it has died
 * too often in a row. A long life ends a row.
 */
long long keep_delay(struct keep_row *row, long long now);
