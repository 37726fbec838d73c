/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the boot came how far: lines "MS WHO WHAT" in a file that process 1
 * begins; docs/boot-contract.md, section 9.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct moment {
	long long ms; /* since the kernel's clock began */
	const char *who;
	const char *what;
};

/* Takes what happened now. A failure costs the line only. */
void timeline_mark(const char *who, const char *what);

/*
 * Takes one line off *text, in place; lines that are none are left out. False
 * at the end. Pure.
 */
bool timeline_next(char **text, struct moment *moment);

/*
 * "containerd 0.196, web 0.031": how long each that has a start took from then
 * until it was ready or over, in seconds, in order of the starts; what does not
 * fit is left out whole. Pure. Returns the length.
 */
size_t timeline_spans(const struct moment *moments, size_t count, char *line,
		      size_t size);

/*
 * Says in one line how long containerd, each container and each service took
 * from its start until it was ready or over; as many as the line holds.
 */
void timeline_say(void);

/* Prints all, in order of time; an exit status. */
int timeline_print(bool as_json);
