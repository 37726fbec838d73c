/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of /proc/self/mountinfo. Pure. */
#include "pkg/init/init/mountinfo.h"

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
