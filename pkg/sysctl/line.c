/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a sysctl file. Pure. */
#include "pkg/sysctl/line.h"

#include <string.h>

static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r\n", text[len - 1]))
		len--;
	text[len] = '\0';
	return text;
}

enum line_kind line_parse(char *text, struct line *line)
{
	*line = (struct line){ 0 };
	text = trim(text);
	if (!*text || *text == '#' || *text == ';')
		return LINE_EMPTY;
	char *equals = strchr(text, '=');

	if (!equals)
		return LINE_BAD;
	*equals = '\0';
	line->optional = *text == '-';
	line->key = trim(text + line->optional);
	line->value = trim(equals + 1);
	return *line->key && *line->value ? LINE_SETTING : LINE_BAD;
}

/* No empty, "." or ".." part: the path stays below /proc/sys. */
static bool is_inside(const char *path)
{
	while (*path) {
		size_t len = strcspn(path, "/");

		if (len == 0 || (len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += len;
		if (*path == '/' && !*++path)
			return false;
	}
	return true;
}

bool line_path(const char *key, char *path, size_t size)
{
	size_t first = strcspn(key, "./");
	bool dots = key[first] == '.';
	size_t len = strlen(key);

	if (len == 0 || len >= size)
		return false;
	for (size_t i = 0; i <= len; i++) {
		path[i] = key[i];
		if (dots && key[i] == '.')
			path[i] = '/';
		else if (dots && key[i] == '/')
			path[i] = '.';
	}
	return is_inside(path);
}
