/* SPDX-License-Identifier: Apache-2.0 */
/* A root shell on the console, for kit.debug=shell. */
#pragma once

#include <sys/types.h>

/* Starts the image's shell; returns its process id, 0 if there is none. */
pid_t shell_start(void);
