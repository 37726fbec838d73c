/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of sysctl.d(5). */
#include "pkg/init/init/setting.h"

#include <string.h>

#define BLANK " \t\r"

static char *trim(char *text)
{
	text += strspn(text, BLANK);
	size_t len = strlen(text);

	while (len > 0 && strchr(BLANK, text[len - 1]))
		len--;
	text[len] = '\0';
	return text;
}

/* Of "net.ipv4.conf.eth0/1.rp_filter" the dots part and the slash is a dot. */
static void part(char *key)
{
	if (key[strcspn(key, "./")] != '.')
		return;
	for (; *key; key++) {
		if (*key == '.')
			*key = '/';
		else if (*key == '/')
			*key = '.';
	}
}

static bool stays_inside(const char *path)
{
	for (;;) {
		size_t len = strcspn(path, "/");

		if (len == 0 || strncmp(path, "..", len) == 0)
			return false;
		if (path[len] == '\0')
			return true;
		path += len + 1;
	}
}

static void parse(char *line, struct setting *setting)
{
	char *equals = strchr(line, '=');

	*setting = (struct setting){ .value = line };
	if (!equals)
		return;
	*equals = '\0';
	setting->optional = *line == '-';
	setting->value = trim(equals + 1);
	char *key = trim(line + setting->optional);

	part(key);
	if (stays_inside(key) && setting->value[0])
		setting->path = key;
}

bool setting_next(char **text, struct setting *setting)
{
	char *line;

	while ((line = strsep(text, "\n"))) {
		line = trim(line);
		if (*line == '\0' || *line == '#' || *line == ';')
			continue;
		parse(line, setting);
		return true;
	}
	return false;
}
