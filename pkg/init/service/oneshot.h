/* SPDX-License-Identifier: Apache-2.0 */
/* Containers that run to their end, one after another: onboot, onshutdown. */
#pragma once

struct oneshot {
	const char *kind;   /* in messages and log names */
	const char *folder; /* of the bundles */
};

extern const struct oneshot oneshot_boot;
extern const struct oneshot oneshot_shutdown;

/* Runs all; returns how many could not be run or ended badly. */
int oneshot_run(const struct oneshot *oneshot);
