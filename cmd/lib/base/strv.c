/* SPDX-License-Identifier: Apache-2.0 */
/* The growing list of strings. */
#include "cmd/lib/base/strv.h"

#include <string.h>

#include "cmd/lib/base/mem.h"

void strv_release(struct strv *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct strv){ 0 };
}

/* Takes ownership of `text`. */
static void adopt(struct strv *list, char *text)
{
	list->items = xgrow(list->items, list->count + 1, &list->capacity,
			    sizeof(*list->items));
	list->items[list->count++] = text;
	list->items[list->count] = NULL;
}

void strv_add(struct strv *list, const char *text)
{
	adopt(list, xstrdup(text));
}

void strv_add_fmt(struct strv *list, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	adopt(list, xvasprintf(fmt, ap));
	va_end(ap);
}

void strv_add_all(struct strv *list, const struct strv *more)
{
	for (size_t i = 0; i < more->count; i++)
		strv_add(list, more->items[i]);
}

bool strv_has(const struct strv *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], text) == 0)
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	const char *const *left = a;
	const char *const *right = b;

	return strcmp(*left, *right);
}

void strv_sort(struct strv *list)
{
	if (list->count > 1)
		qsort(list->items, list->count, sizeof(*list->items), compare);
}

void strv_split(struct strv *list, const char *text, char separator)
{
	const char *end;

	if (*text == '\0')
		return;
	while ((end = strchr(text, separator))) {
		adopt(list, xstrndup(text, (size_t)(end - text)));
		text = end + 1;
	}
	strv_add(list, text);
}
