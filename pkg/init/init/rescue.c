/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a boot that cannot go on. */
#include "pkg/init/init/rescue.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "pkg/init/init/log.h"
#include "pkg/init/init/power.h"

/* Nothing runs yet that would have to be stopped. */
static void obey(int sig)
{
	enum power how = power_of_signal(sig);

	if (how == POWER_NONE)
		return;
	sync();
	log_say("%s", power_name(how));
	power_do(how);
}

_Noreturn void rescue(const char *fmt, ...)
{
	char text[256];
	sigset_t set;
	va_list args;
	int sig;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	log_say("cannot boot: %s", text);
	power_signals(&set);
	for (;;)
		if (sigwait(&set, &sig) == 0)
			obey(sig);
}

static void wait_for(long ms, bool child)
{
	const struct timespec time = { .tv_sec = ms / 1000,
				       .tv_nsec = ms % 1000 * 1000000 };
	sigset_t set;

	power_signals(&set);
	if (!child)
		(void)sigdelset(&set, SIGCHLD);
	obey(sigtimedwait(&set, NULL, &time));
}

void rescue_wait(long ms)
{
	wait_for(ms, false);
}

void rescue_wait_child(long ms)
{
	wait_for(ms, true);
}
