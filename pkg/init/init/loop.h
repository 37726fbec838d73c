/* SPDX-License-Identifier: Apache-2.0 */
/* What PID 1 does for the rest of the machine's life. */
#pragma once

/*
 * Runs /etc/init.d one after another, after a shell if the kernel command line
 * asks for one, and, at the same time and ever after,
 * reaps children, loads modules for new devices and answers power signals and
 * buttons. uevents is the socket of uevent_open, or -1.
 */
_Noreturn void loop_run(int uevents, const char *cmdline);
