/* SPDX-License-Identifier: Apache-2.0 */
/* One step of services towards what is wanted of them. Pure. */
#pragma once

#include "pkg/init/service/supervise.h"

/* Sets the sentence that tells why the unit is where it is. */
void unit_reason(struct unit *unit, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Has a process, or is about to. */
bool unit_is_up(const struct unit *unit);

/* What requires it may run. */
bool unit_serves(const struct unit *unit);

/* By name; NULL: a waiting unit could be started, or has failed with others. */
const char *unit_waits_for(const struct supervise *supervise,
			   const struct unit *unit);

/* Enters a state that waits for nothing yet. */
void unit_rest(struct unit *unit, enum unit_state state);

/* What the time itself brings: deadlines, probes. */
void supervise_tick(struct supervise *supervise, long long now);

/* Starts, stops and gives up units until nothing changes any more. */
void supervise_settle(struct supervise *supervise, long long now);
