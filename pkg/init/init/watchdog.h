/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hardware watchdog: it resets the machine when process 1 does not come
 * round any more. docs/boot-contract.md, section 5.
 */
#pragma once

/* kit.watchdog=SECONDS; else nothing of what follows does anything. */
void watchdog_open(const char *cmdline);

/* When it is to be told again, as timeline_now; 0: never. */
long long watchdog_due(void);

/* Tells it that all is well, if it is time. */
void watchdog_tick(void);

/* Before the end of the machine, where nobody will tell it any more. */
void watchdog_disarm(void);
