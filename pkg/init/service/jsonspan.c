/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and replacing one member in JSON text, all else untouched. Pure. */
#include "pkg/init/service/jsonspan.h"

#include <string.h>

static size_t skip_blank(const char *text, size_t at)
{
	return at + strspn(text + at, " \t\r\n");
}

/* From an opening quote to behind the closing one; 0 if there is none. */
static size_t skip_string(const char *text, size_t at)
{
	for (at++; text[at]; at++) {
		if (text[at] == '"')
			return at + 1;
		if (text[at] == '\\' && text[at + 1])
			at++;
	}
	return 0;
}

/* To behind the bracket that closes the one at this place; 0 without. */
static size_t skip_nested(const char *text, size_t at)
{
	size_t depth = 0;

	while (text[at]) {
		char c = text[at];

		if (c == '"') {
			at = skip_string(text, at);
			if (at == 0)
				return 0;
			continue;
		}
		at++;
		if (c == '{' || c == '[')
			depth++;
		if ((c == '}' || c == ']') && --depth == 0)
			return at;
	}
	return 0;
}

static size_t skip_value(const char *text, size_t at)
{
	if (text[at] == '"')
		return skip_string(text, at);
	if (text[at] == '{' || text[at] == '[')
		return skip_nested(text, at);
	size_t len = strcspn(text + at, ",}] \t\r\n");

	return len > 0 && text[at + len] ? at + len : 0;
}

bool json_find(const char *text, size_t at, const char *key,
	       struct json_span *value)
{
	size_t key_len = strlen(key);

	at = skip_blank(text, at);
	if (text[at] != '{')
		return false;
	for (at = skip_blank(text, at + 1); text[at] == '"';
	     at = skip_blank(text, at + 1)) {
		size_t name = at + 1;
		size_t end = skip_string(text, at);

		if (end == 0)
			return false;
		at = skip_blank(text, end);
		if (text[at] != ':')
			return false;
		value->start = skip_blank(text, at + 1);
		value->end = skip_value(text, value->start);
		if (value->end == 0)
			return false;
		if (end - 1 - name == key_len &&
		    memcmp(text + name, key, key_len) == 0)
			return true;
		at = skip_blank(text, value->end);
		if (text[at] != ',')
			return false;
	}
	return false;
}
