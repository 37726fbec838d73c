/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the form key = "value", all that runtime-config.toml needs. Pure. */
#include "pkg/init/service/lineconf.h"

#include <string.h>

static const char *skip(const char *at)
{
	return at + strspn(at, " \t");
}

/* The value behind "key =" in a line, or NULL. */
static const char *value_of(const char *line, const char *key)
{
	size_t len = strlen(key);

	line = skip(line);
	if (strncmp(line, key, len) != 0)
		return NULL;
	line = skip(line + len);
	return *line == '=' ? skip(line + 1) : NULL;
}

bool lineconf_get(const char *text, const char *key, char *value, size_t size)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		const char *at = value_of(line, key);

		if (!at || (*at != '"' && *at != '\''))
			continue;
		const char end[] = { *at, '\n', '\0' };
		size_t len = strcspn(at + 1, end);

		if (at[1 + len] != *at || len >= size)
			return false;
		memcpy(value, at + 1, len);
		value[len] = '\0';
		return true;
	}
	return false;
}

size_t lineconf_split(char *text, const char **words, size_t max)
{
	size_t count = 0;
	char *save = NULL;

	for (char *word = strtok_r(text, " \t", &save); word && count < max;
	     word = strtok_r(NULL, " \t", &save))
		words[count++] = word;
	return count;
}
