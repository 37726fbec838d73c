/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the kernel command line. Pure: no system calls. */
#include "pkg/init/init/cmdline.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void unquote(const char **text, size_t *len)
{
	if (*len == 0 || (*text)[0] != '"')
		return;
	(*text)++;
	(*len)--;
	if (*len > 0 && (*text)[*len - 1] == '"')
		(*len)--;
}

static const char *word_end(const char *at)
{
	bool quoted = false;

	for (; *at && (quoted || !is_blank(*at)); at++)
		if (*at == '"')
			quoted = !quoted;
	return at;
}

bool cmdline_next(const char **text, struct word *word)
{
	const char *start = *text;

	while (is_blank(*start))
		start++;
	if (!*start)
		return false;
	const char *end = word_end(start);
	size_t len = (size_t)(end - start);

	*text = end;
	unquote(&start, &len);
	const char *equals = memchr(start, '=', len);

	*word = (struct word){ .key = start, .key_len = len };
	if (equals) {
		word->key_len = (size_t)(equals - start);
		word->value = equals + 1;
		word->value_len = len - word->key_len - 1;
		unquote(&word->value, &word->value_len);
	}
	return true;
}

static bool same(const char *text, size_t len, const char *want)
{
	return strlen(want) == len && memcmp(text, want, len) == 0;
}

bool cmdline_has(const char *text, const char *want)
{
	struct word word;

	while (cmdline_next(&text, &word)) {
		size_t len = word.key_len;

		if (word.value)
			len = (size_t)(word.value - word.key) + word.value_len;
		if (same(word.key, len, want))
			return true;
	}
	return false;
}

bool cmdline_mentions(const char *text, const char *key)
{
	struct word word;

	while (cmdline_next(&text, &word))
		if (same(word.key, word.key_len, key))
			return true;
	return false;
}

bool cmdline_value(const char *text, const char *key, char *value, size_t size)
{
	struct word word;
	bool found = false;

	while (cmdline_next(&text, &word)) {
		if (!word.value || !same(word.key, word.key_len, key) ||
		    word.value_len >= size)
			continue;
		memcpy(value, word.value, word.value_len);
		value[word.value_len] = '\0';
		found = true;
	}
	return found;
}
