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

/* Prints all, in order of time; an exit status. */
int timeline_print(bool as_json);
