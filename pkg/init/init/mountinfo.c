/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of /proc/self/mountinfo and /proc/PID/status. Pure. */
#include "pkg/init/init/mountinfo.h"

#include <stdlib.h>
#include <string.h>

/* Octal digit positions after the backslash. */
static bool is_escape(const char *at)
{
	return at[0] == '\\' && at[1] >= '0' && at[1] <= '3' && at[2] >= '0' &&
	       at[2] <= '7' && at[3] >= '0' && at[3] <= '7';
}

static void unescape(char *text)
{
	char *out = text;

	while (*text) {
		if (is_escape(text)) {
			*out++ = (char)((text[1] - '0') * 64 +
					(text[2] - '0') * 8 + text[3] - '0');
			text += 4;
			continue;
		}
		*out++ = *text++;
	}
	*out = '\0';
}

bool mountinfo_parse(char *line, struct mount_line *mount)
{
	char *save = NULL;
	char *field = strtok_r(line, " ", &save);
	int number = 0;

	*mount = (struct mount_line){ 0 };
	for (; field; field = strtok_r(NULL, " ", &save)) {
		if (++number == 5)
			mount->where = field;
		if (number > 6 && strcmp(field, "-") == 0)
			break;
	}
	mount->type = field ? strtok_r(NULL, " ", &save) : NULL;
	mount->what = mount->type ? strtok_r(NULL, " ", &save) : NULL;
	if (!mount->what)
		return false;
	unescape(mount->where);
	unescape(mount->what);
	return true;
}

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
