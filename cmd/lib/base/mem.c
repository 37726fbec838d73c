/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation that cannot fail. */
#include "cmd/lib/base/mem.h"

#include <string.h>

static void *check(void *pointer)
{
	static const char text[] = "kitbuild: out of memory\n";

	if (pointer)
		return pointer;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(1);
	_exit(1);
}

void *xmalloc(size_t size)
{
	return check(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return check(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *pointer, size_t count, size_t size)
{
	uint64_t bytes;

	if (!mul_size(count ? count : 1, size, &bytes))
		check(NULL);
	return check(realloc(pointer, bytes));
}

char *xstrdup(const char *text)
{
	return check(strdup(text));
}

char *xstrndup(const char *text, size_t length)
{
	return check(strndup(text, length));
}

char *xvasprintf(const char *fmt, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		check(NULL);
	return check(text);
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	return text;
}

void *xgrow(void *array, size_t count, size_t *capacity, size_t element_size)
{
	if (array && count < *capacity)
		return array;
	*capacity = *capacity ? *capacity * 2 : 8;
	return xrealloc(array, *capacity, element_size);
}
