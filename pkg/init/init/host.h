/* SPDX-License-Identifier: Apache-2.0 */
/* Clock, host name, loopback, limits and the resolver's file. */
#pragma once

void host_clock(void);
void host_limits(void);
void host_loopback(void);
void host_name(void);
void host_resolver(void);
