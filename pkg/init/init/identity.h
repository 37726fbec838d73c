/* SPDX-License-Identifier: Apache-2.0 */
/* Which machine this is: machine-id(5). */
#pragma once

/*
 * Writes /run/machine-id: what systemd.machine_id= says, else what the image
 * has in /etc/machine-id, else the firmware's UUID, else chance. An empty
 * /etc/machine-id is covered by it.
 */
void identity_set(const char *cmdline);

/* What identity_set has found; "" before. */
const char *identity_get(void);
