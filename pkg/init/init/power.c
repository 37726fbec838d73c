/* SPDX-License-Identifier: Apache-2.0 */
/* The ways down: which signal asks for which, and how it is done. */
#include "pkg/init/init/power.h"

#include <stddef.h>
#include <sys/reboot.h>

#include "pkg/init/init/base.h"

static const struct {
	int sig;
	enum power how;
} signals[] = {
	{ SIGUSR1, POWER_HALT },  { SIGUSR2, POWER_OFF },
	{ SIGTERM, POWER_OFF },   { SIGPWR, POWER_OFF },
	{ SIGINT, POWER_REBOOT },
};

static const struct {
	const char *name;
	unsigned command;
} ways[] = {
	[POWER_NONE] = { "nothing", 0 },
	[POWER_HALT] = { "halt", (unsigned)RB_HALT_SYSTEM },
	[POWER_OFF] = { "power off", RB_POWER_OFF },
	[POWER_REBOOT] = { "reboot", RB_AUTOBOOT },
};

enum power power_of_signal(int sig)
{
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		if (signals[i].sig == sig)
			return signals[i].how;
	return POWER_NONE;
}

void power_signals(sigset_t *set)
{
	(void)sigemptyset(set);
	(void)sigaddset(set, SIGCHLD);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		(void)sigaddset(set, signals[i].sig);
}

const char *power_name(enum power how)
{
	return ways[how].name;
}

void power_do(enum power how)
{
	(void)reboot((int)ways[how].command);
}
