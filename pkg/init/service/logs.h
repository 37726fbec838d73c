/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a service's log. */
#pragma once

#include <stdbool.h>

struct logs {
	const char *name;
	long long lines; /* so many of the end of each stream; -1: all */
	bool follow;     /* and what comes, until killed */
};

/*
 * Prints both streams of a service, each under a heading if both have
 * something; tail(1) does it alike. An exit status; what is wrong was said.
 */
int logs_print(const struct logs *logs);
