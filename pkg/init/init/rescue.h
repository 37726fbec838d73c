/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a boot that cannot go on, or that is not wanted any more. */
#pragma once

#include "pkg/init/init/base.h"

/*
 * Says what failed, on console and kernel log, and then serves the power-off
 * and reboot signals for ever: PID 1 must not exit.
 */
_Noreturn void rescue(const char *fmt, ...) PRINTF_LIKE(1, 2);

/*
 * Waits so long for what is still to come, before the event loop runs; a signal
 * to power off or reboot is obeyed at once.
 */
void rescue_wait(long ms);

/* The same, and no longer than until a child ends. */
void rescue_wait_child(long ms);
