/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a boot that cannot go on. */
#include "pkg/init/init/rescue.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "pkg/init/init/log.h"
#include "pkg/init/init/power.h"

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
	for (;;) {
		if (sigwait(&set, &sig) != 0)
			continue;
		enum power how = power_of_signal(sig);

		if (how == POWER_NONE)
			continue;
		sync();
		log_say("%s", power_name(how));
		power_do(how);
	}
}
