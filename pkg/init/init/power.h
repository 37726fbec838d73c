/* SPDX-License-Identifier: Apache-2.0 */
/* The ways down: which signal asks for which, and how it is done. */
#pragma once

#include <signal.h>

enum power {
	POWER_NONE,
	POWER_HALT,
	POWER_OFF,
	POWER_REBOOT,
};

/* What a signal to PID 1 asks for; POWER_NONE for all others. */
enum power power_of_signal(int sig);

/* The signals to block: those above and SIGCHLD. */
void power_signals(sigset_t *set);

/* "power off"; for messages. */
const char *power_name(enum power how);

/* reboot(2). Returns only if the kernel refuses. */
void power_do(enum power how);

/*
 * The whole way down: /etc/shutdown.d, processes, swap, file systems, end.
 * Never returns. A second power signal cuts the waiting short.
 */
_Noreturn void power_shutdown(enum power how);
