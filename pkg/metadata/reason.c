/* SPDX-License-Identifier: Apache-2.0 */
#include "pkg/metadata/reason.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int reason_set(struct reason *reason, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(reason->text, sizeof(reason->text), fmt, args);
	va_end(args);
	return -1;
}

int reason_sys(struct reason *reason, const char *fmt, ...)
{
	const char *why = strerror(errno);
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(reason->text, sizeof(reason->text), fmt, args);
	va_end(args);

	size_t len = strlen(reason->text);

	(void)snprintf(reason->text + len, sizeof(reason->text) - len, ": %s",
		       why);
	return -1;
}
