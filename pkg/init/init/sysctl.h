/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel settings of the image. */
#pragma once

/*
 * Writes the settings of /etc/sysctl.d's files NAME.conf, in byte order of the
 * names, then those of /etc/sysctl.conf: the last one wins. What does not work
 * is logged.
 */
void sysctl_apply(void);
