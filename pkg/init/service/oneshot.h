/* SPDX-License-Identifier: Apache-2.0 */
/* Containers that run to their end, one after another: onboot, onshutdown. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define ONESHOT_LOGS "/run/log"

struct oneshot {
	const char *kind;   /* in messages and log names */
	const char *folder; /* of the bundles */
	bool going_down;
};

extern const struct oneshot oneshot_boot;
extern const struct oneshot oneshot_shutdown;

/*
 * Runs all, until one fails whose onfail says to stop or to reboot. Returns how
 * many could not be run or ended badly.
 */
int oneshot_run(const struct oneshot *oneshot);

/* True, and the name, if an onboot container stopped the boot. */
bool oneshot_stopped(char *name, size_t size);
