/* SPDX-License-Identifier: Apache-2.0 */
/* The names of Linux capabilities. Pure. */
#pragma once

/* CAP_CHOWN is 0; -1: there is no such name. */
int capability_number(const char *name);
