/* SPDX-License-Identifier: Apache-2.0 */
/* depmod's text indexes: which module serves an alias, and what it needs. */
#include "pkg/init/init/modindex.h"

#include <string.h>

static char fold(char c)
{
	if (c == '-')
		return '_';
	return c;
}

/*
 * Matches one character with the class that starts at pattern[0] == '['.
 * Returns the length of the class, or 0 if it has no end.
 */
static size_t class_match(struct span pattern, char c, bool *hit)
{
	size_t i = 1;
	bool negate = i < pattern.len && pattern.text[i] == '!';

	i += negate;
	*hit = false;
	for (size_t first = i; i < pattern.len; i++) {
		char low = pattern.text[i];

		if (low == ']' && i > first) {
			*hit = *hit != negate;
			return i + 1;
		}
		char high = low;

		if (i + 2 < pattern.len && pattern.text[i + 1] == '-' &&
		    pattern.text[i + 2] != ']') {
			high = pattern.text[i + 2];
			i += 2;
		}
		*hit |= c >= low && c <= high;
	}
	return 0;
}

/* Length of the pattern's first element if it matches c, else 0. */
static size_t element_match(struct span pattern, char c)
{
	bool hit;

	if (pattern.len == 0 || !c)
		return 0;
	if (pattern.text[0] == '?')
		return 1;
	if (pattern.text[0] == '[') {
		size_t len = class_match(pattern, c, &hit);

		return hit ? len : 0;
	}
	return fold(pattern.text[0]) == fold(c);
}

static struct span span_skip(struct span span, size_t n)
{
	return (struct span){ span.text + n, span.len - n };
}

bool alias_match(struct span pattern, const char *alias)
{
	struct span star = { NULL, 0 };
	const char *resume = NULL;

	while (*alias || pattern.len > 0) {
		if (pattern.len > 0 && pattern.text[0] == '*') {
			pattern = span_skip(pattern, 1);
			star = pattern;
			resume = alias;
			continue;
		}
		size_t step = element_match(pattern, *alias);

		if (step > 0) {
			pattern = span_skip(pattern, step);
			alias++;
			continue;
		}
		if (!resume || !*resume)
			return false;
		pattern = star;
		alias = ++resume;
	}
	return true;
}

bool module_name_equal(struct span name, const char *want)
{
	for (size_t i = 0; i < name.len; i++)
		if (!want[i] || fold(name.text[i]) != fold(want[i]))
			return false;
	return want[name.len] == '\0';
}

static struct span line_take(const char **at)
{
	const char *end = strchr(*at, '\n');
	struct span line = { *at, end ? (size_t)(end - *at) : strlen(*at) };

	*at += line.len + (end != NULL);
	return line;
}

static bool first_word(struct span *rest, struct span *word)
{
	size_t i = 0;

	while (i < rest->len && rest->text[i] == ' ')
		i++;
	*rest = span_skip(*rest, i);
	for (i = 0; i < rest->len && rest->text[i] != ' ';)
		i++;
	*word = (struct span){ rest->text, i };
	*rest = span_skip(*rest, i);
	return word->len > 0;
}

/* False for nearly every line, cheaply: its literal head is another. */
static bool head_match(struct span line, const char *alias)
{
	for (size_t i = 0; i < line.len; i++) {
		char c = line.text[i];

		if (c == '*' || c == '?' || c == '[' || c == ' ')
			return true;
		if (fold(c) != fold(alias[i]))
			return false;
	}
	return false;
}

static const char keyword[] = "alias ";

static bool is_alias(struct span line)
{
	return line.len >= sizeof(keyword) &&
	       memcmp(line.text, keyword, sizeof(keyword) - 1) == 0;
}

static bool line_serves(struct span line, const char *alias,
			struct span *module)
{
	struct span pattern;

	if (!is_alias(line))
		return false;
	line = span_skip(line, sizeof(keyword) - 1);
	return head_match(line, alias) && first_word(&line, &pattern) &&
	       first_word(&line, module) && alias_match(pattern, alias);
}

bool alias_next(const char **at, const char *alias, struct span *module)
{
	while (**at)
		if (line_serves(line_take(at), alias, module))
			return true;
	return false;
}

enum { BUS_ANY, BUS_NONE, BUS_FIRST };

/* Of what stands before the colon: if a pattern is there it may be any. */
static unsigned bus_of(const char *text, size_t len)
{
	unsigned hash = 5381;

	for (size_t i = 0; i < len && text[i] && text[i] != ' '; i++) {
		if (text[i] == ':')
			return BUS_FIRST + hash % (ALIAS_BUSES - BUS_FIRST);
		if (strchr("*?[", text[i]))
			return BUS_ANY;
		hash = hash * 33 + (unsigned char)fold(text[i]);
	}
	return BUS_NONE;
}

static void add_line(struct alias_index *index, struct span pattern,
		     unsigned start)
{
	unsigned bus = bus_of(pattern.text, pattern.len);
	unsigned short number = (unsigned short)(index->count + 1);

	index->start[index->count] = start;
	index->next[index->count++] = 0;
	if (index->last[bus])
		index->next[index->last[bus] - 1] = number;
	else
		index->first[bus] = number;
	index->last[bus] = number;
}

void alias_index_build(struct alias_index *index, const char *text)
{
	index->text = text;
	index->count = 0;
	index->rest = text;
	memset(index->first, 0, sizeof(index->first));
	memset(index->last, 0, sizeof(index->last));
	while (*index->rest && index->count < ALIAS_LINES) {
		struct span line = line_take(&index->rest);

		if (is_alias(line))
			add_line(index, span_skip(line, sizeof(keyword) - 1),
				 (unsigned)(line.text - text));
	}
}

/* Goes on to the next list; false when there is none. */
static bool next_list(const struct alias_index *index, struct alias_walk *walk,
		      const char *alias)
{
	switch (walk->where) {
	case WALK_BEGIN:
		walk->line = index->first[bus_of(alias, strlen(alias))];
		walk->where = WALK_OWN;
		return true;
	case WALK_OWN:
		walk->line = index->first[BUS_ANY];
		walk->where = WALK_ANY;
		return true;
	case WALK_ANY:
		walk->at = index->rest;
		walk->where = WALK_REST;
		break;
	case WALK_REST:
		break;
	}
	return false;
}

bool alias_index_next(const struct alias_index *index, struct alias_walk *walk,
		      const char *alias, struct span *module)
{
	do {
		while (walk->line) {
			unsigned i = walk->line - 1;
			const char *at = index->text + index->start[i];

			walk->line = index->next[i];
			if (line_serves(line_take(&at), alias, module))
				return true;
		}
	} while (next_list(index, walk, alias));
	return alias_next(&walk->at, alias, module);
}

struct span module_of_path(struct span path)
{
	size_t start = path.len;

	while (start > 0 && path.text[start - 1] != '/')
		start--;
	struct span name = span_skip(path, start);

	for (size_t i = 0; i < name.len; i++)
		if (name.text[i] == '.')
			name.len = i;
	return name;
}

bool dep_find(const char *text, const char *name, struct span *path,
	      struct span *needs)
{
	while (*text) {
		struct span line = line_take(&text);
		const char *colon = memchr(line.text, ':', line.len);

		if (!colon)
			continue;
		size_t len = (size_t)(colon - line.text);

		*path = (struct span){ line.text, len };
		*needs = span_skip(line, len + 1);
		if (module_name_equal(module_of_path(*path), name))
			return true;
	}
	return false;
}

bool span_last_word(struct span *list, struct span *word)
{
	size_t end = list->len;

	while (end > 0 && list->text[end - 1] == ' ')
		end--;
	size_t start = end;

	while (start > 0 && list->text[start - 1] != ' ')
		start--;
	*word = (struct span){ list->text + start, end - start };
	list->len = start;
	return word->len > 0;
}

bool builtin_has(const char *text, const char *name)
{
	while (*text) {
		struct span line = line_take(&text);

		if (module_name_equal(module_of_path(line), name))
			return true;
	}
	return false;
}

bool span_copy(struct span from, char *to, size_t size)
{
	if (from.len >= size)
		return false;
	memcpy(to, from.text, from.len);
	to[from.len] = '\0';
	return true;
}
