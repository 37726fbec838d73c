/* SPDX-License-Identifier: Apache-2.0 */
/* init under other names: modprobe, poweroff, reboot, halt. */
#pragma once

/*
 * Acts by the base name of argv[0]. Returns the exit status, or -1 if the
 * name is none of ours.
 */
int applet_run(int argc, char **argv);
