/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of /proc/PID/status and stat. */
#include "pkg/init/common/proctext.h"

#include <stdlib.h>
#include <string.h>

/* Of /proc/PID/stat, from 1; proc(5). */
#define NAME_FIELD 2
#define BORN_FIELD 22

static const char *field_of(const char *status, const char *key)
{
	const char *at = strstr(status, key);

	return at ? at + strlen(key) : NULL;
}

bool status_is_deaf(const char *status, int sig)
{
	const char *ids = field_of(status, "\nNSpid:");
	const char *caught = field_of(status, "\nSigCgt:");
	const char *ignored = field_of(status, "\nSigIgn:");
	const char *blocked = field_of(status, "\nSigBlk:");
	unsigned levels = 0;
	unsigned long id = 0;

	if (!ids || !caught || !ignored || !blocked)
		return false;
	while (*ids == '\t') {
		char *end;

		id = strtoul(ids + 1, &end, 10);
		ids = end;
		levels++;
	}
	unsigned long long mask = strtoull(caught, NULL, 16) |
				  strtoull(ignored, NULL, 16) |
				  strtoull(blocked, NULL, 16);

	return levels > 1 && id == 1 && !(mask >> (sig - 1) & 1);
}

bool stat_has_terminal(const char *stat)
{
	/* The name, in brackets, may hold anything, brackets too. */
	const char *at = strrchr(stat, ')');

	/* State, parent, process group, session; then the terminal. */
	for (int i = 0; at && i < 5; i++)
		at = strchr(at + 1, ' ');
	return at && strtol(at, NULL, 10) != 0;
}

long long stat_born(const char *stat)
{
	/* The name, in brackets, may hold anything, brackets too. */
	const char *at = strrchr(stat, ')');

	for (int i = 0; at && i < BORN_FIELD - NAME_FIELD; i++)
		at = strchr(at + 1, ' ');
	return at ? strtoll(at, NULL, 10) : 0;
}
