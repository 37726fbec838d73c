/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Children that ended before anybody knew whose they were: a service may be
 * over before whoever started it has told its process id. Only the latest are
 * kept. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct reaped {
	struct reaped_end *ends; /* owned; a ring */
	size_t max;
	unsigned long long count; /* how many there have been */
};

void reaped_open(struct reaped *reaped, size_t max);
void reaped_release(struct reaped *reaped);
void reaped_add(struct reaped *reaped, pid_t pid, int status);

/*
 * True, and its status, if the process is among those added when there had
 * been `since` of them, or later: one that ended before had the same id only by
 * chance.
 */
bool reaped_find(const struct reaped *reaped, unsigned long long since,
		 pid_t pid, int *status);
