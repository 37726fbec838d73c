/* SPDX-License-Identifier: Apache-2.0 */
/* Clock, host name, loopback, limits and the resolver's file. */
#pragma once

void host_clock(void);
void host_limits(void);
void host_loopback(void);

/* After identity_set, whose machine-id is the last resort. */
void host_name(const char *cmdline);
void host_resolver(void);
