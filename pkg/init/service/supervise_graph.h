/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits for whom among services. Pure. */
#pragma once

#include "pkg/init/service/supervise.h"

/*
 * Turns the names in the policies into places. Units in a circle, and those
 * that require what is not there, become UNIT_FAILED with their reason.
 */
void graph_resolve(struct supervise *supervise);
void graph_release(struct supervise *supervise);

/* True if unit requires, directly, or also is after, the other one. */
bool graph_requires(const struct unit *unit, size_t other);
bool graph_waits_for(const struct unit *unit, size_t other);
