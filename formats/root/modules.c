/* SPDX-License-Identifier: Apache-2.0 */
/* The indexes of kernel modules, in part. */
#include "formats/root/modules.h"

#include <string.h>

#include "cmd/lib/base/mem.h"

struct piece {
	const char *text;
	size_t length;
};

static struct piece take_line(const char **text)
{
	struct piece line = { *text, strcspn(*text, "\n") };

	*text += line.length + ((*text)[line.length] == '\n');
	return line;
}

/* The next word of a line, cut off it; empty at its end. */
static struct piece take_word(struct piece *line)
{
	struct piece word = { line->text, 0 };

	while (word.text < line->text + line->length && *word.text == ' ')
		word.text++;
	line->length -= (size_t)(word.text - line->text);
	while (word.length < line->length && word.text[word.length] != ' ')
		word.length++;
	line->text = word.text + word.length;
	line->length -= word.length;
	return word;
}

/* "kernel/fs/erofs/erofs.ko.xz:": "erofs" */
static struct piece module_name(struct piece path)
{
	struct piece name = path;

	for (size_t i = path.length; i > 0; i--)
		if (path.text[i - 1] == '/') {
			name.text += i;
			name.length -= i;
			break;
		}
	for (size_t i = 0; i < name.length; i++)
		if (name.text[i] == '.' || name.text[i] == ':')
			name.length = i;
	return name;
}

static char underscored(char letter)
{
	if (letter == '-')
		return '_';
	return letter;
}

static bool same_name(struct piece name, struct piece wanted)
{
	if (name.length != wanted.length)
		return false;
	for (size_t i = 0; i < name.length; i++)
		if (underscored(name.text[i]) != underscored(wanted.text[i]))
			return false;
	return true;
}

static bool is_wanted(struct piece name, const char *const *wanted)
{
	for (; *wanted; wanted++)
		if (same_name(name, (struct piece){ *wanted, strlen(*wanted) }))
			return true;
	return false;
}

static bool is_chosen(struct piece name, const struct strv *paths)
{
	for (size_t i = 0; i < paths->count; i++) {
		struct piece path = { paths->items[i],
				      strlen(paths->items[i]) };

		if (same_name(name, module_name(path)))
			return true;
	}
	return false;
}

static void choose_word(struct strv *paths, struct piece word)
{
	SCOPED_FREE char *path = xstrndup(word.text, word.length);
	size_t length = strlen(path);

	if (length > 0 && path[length - 1] == ':')
		path[length - 1] = '\0';
	if (*path && !strv_has(paths, path))
		strv_add(paths, path);
}

void modules_choose(struct strv *paths, const char *dep,
		    const char *const *wanted)
{
	while (*dep) {
		struct piece line = take_line(&dep);
		struct piece word = take_word(&line);

		if (!is_wanted(module_name(word), wanted))
			continue;
		for (; word.length > 0; word = take_word(&line))
			choose_word(paths, word);
	}
}

static void add_line(struct buf *out, struct piece line)
{
	buf_add(out, line.text, line.length);
	buf_add_char(out, '\n');
}

void modules_cut_dep(struct buf *out, const char *dep, const struct strv *paths)
{
	while (*dep) {
		struct piece line = take_line(&dep);
		struct piece rest = line;

		if (is_chosen(module_name(take_word(&rest)), paths))
			add_line(out, line);
	}
}

void modules_cut_alias(struct buf *out, const char *alias,
		       const struct strv *paths)
{
	while (*alias) {
		struct piece line = take_line(&alias);
		struct piece rest = line;
		struct piece word = take_word(&rest);

		if (word.length != 5 || memcmp(word.text, "alias", 5) != 0)
			continue;
		(void)take_word(&rest);
		if (is_chosen(take_word(&rest), paths))
			add_line(out, line);
	}
}

bool modules_listed(const char *builtin, const char *name)
{
	struct piece wanted = { name, strlen(name) };

	while (*builtin) {
		struct piece line = take_line(&builtin);

		if (same_name(module_name(take_word(&line)), wanted))
			return true;
	}
	return false;
}
