/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of modprobe.d(5), told as words of the kernel command line. */
#include "pkg/init/init/modprobeconf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "pkg/init/init/base.h"
#include "pkg/init/init/cmdline.h"

#define BLANKS " \t\r"

/* All of it or nothing. */
static PRINTF_LIKE(3, 4) bool append(char *words, size_t size, const char *fmt,
				     ...)
{
	size_t len = strlen(words);
	va_list args;

	va_start(args, fmt);
	int more = vsnprintf(words + len, size - len, fmt, args);

	va_end(args);
	if (more >= 0 && (size_t)more < size - len)
		return true;
	words[len] = '\0';
	return false;
}

/* A line goes on behind a backslash at its end. */
static char *next_line(char **text)
{
	char *line = *text;

	if (!*line)
		return NULL;
	for (char *at = line;; at++) {
		at += strcspn(at, "\n");
		if (!*at) {
			*text = at;
			return line;
		}
		if (at > line && at[-1] == '\\') {
			at[-1] = at[0] = ' ';
			continue;
		}
		*at = '\0';
		*text = at + 1;
		return line;
	}
}

static char *next_word(char **line)
{
	char *word = *line + strspn(*line, BLANKS);
	char *end = word + strcspn(word, BLANKS);

	*line = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

/* A quote that does not end would take in the words behind it. */
static bool has_quote(const char *text, size_t len)
{
	return memchr(text, '"', len) != NULL;
}

static bool take_options(const char *name, const char *options, char *words,
			 size_t size)
{
	struct word word;

	while (cmdline_next(&options, &word)) {
		if (has_quote(word.key, word.key_len) ||
		    (word.value && has_quote(word.value, word.value_len)))
			continue;
		if (!append(words, size,
			    word.value ? " %s.%.*s=\"%.*s\"" : " %s.%.*s", name,
			    (int)word.key_len, word.key, (int)word.value_len,
			    word.value))
			return false;
	}
	return true;
}

bool modprobe_words(char *text, char *words, size_t size)
{
	char *line;

	while ((line = next_line(&text))) {
		const char *command = next_word(&line);
		const char *name = next_word(&line);
		bool fits = true;

		if (!*name || has_quote(name, strlen(name)))
			continue;
		if (strcmp(command, "blacklist") == 0)
			fits = append(words, size, " modprobe.blacklist=%s",
				      name);
		else if (strcmp(command, "options") == 0)
			fits = take_options(name, line, words, size);
		if (!fits)
			return false;
	}
	return true;
}
