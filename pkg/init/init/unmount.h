/* SPDX-License-Identifier: Apache-2.0 */
/* Letting go of all file systems. */
#pragma once

/* Switches swap off and unmounts, last mounted first. */
void unmount_all(void);
