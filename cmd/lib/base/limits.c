/* SPDX-License-Identifier: Apache-2.0 */
/* The table of limits. */
#include "cmd/lib/base/limits.h"

#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/opt.h"

/* `most` is what buffers elsewhere are made for, or what addresses can hold. */
static struct {
	const char *name;
	size_t value, least, most;
} limits[] = {
	[LIMIT_MANIFEST] = { "manifest", (size_t)4 << 20, 1024,
			     (size_t)1 << 30 },
	[LIMIT_CONFIG] = { "config", (size_t)16 << 20, 1024, (size_t)1 << 30 },
	[LIMIT_JSON] = { "json", (size_t)64 << 20, 1024, (size_t)1 << 40 },
	/* A sparse map takes a dozen times its size in memory. */
	[LIMIT_HEADER] = { "header", (size_t)2 << 20, 1024, (size_t)1 << 30 },
	[LIMIT_PATH] = { "path", 4096, 16, 4096 },
	[LIMIT_XATTR] = { "xattr", (size_t)64 << 10, 0, (size_t)1 << 30 },
	[LIMIT_ENTRIES] = { "entries", (size_t)4 << 20, 1, (size_t)1 << 32 },
	[LIMIT_LAYER] = { "layer", (size_t)32 << 30, 1, (size_t)1 << 50 },
	/* Just above what gzip can do at most. */
	[LIMIT_RATIO] = { "ratio", 1100, 1, (size_t)1 << 40 },
};

size_t limit_of(enum limit limit)
{
	return limits[limit].value;
}

static int unknown(const char *text, struct err *err)
{
	SCOPED(buf) names = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		buf_add_fmt(&names, "%s%s", i ? ", " : "", limits[i].name);
	return err_set(
		err, FAULT_INPUT,
		"'%.80s' is no limit: NAME=VALUE, where NAME is one of %s",
		text, buf_text(&names));
}

int limit_set(const char *text, struct err *err)
{
	const char *equals = strchr(text, '=');
	uint64_t value;
	size_t i = 0;

	if (!equals)
		return unknown(text, err);
	while (i < ARRAY_LEN(limits) &&
	       (strlen(limits[i].name) != (size_t)(equals - text) ||
		strncmp(limits[i].name, text, (size_t)(equals - text)) != 0))
		i++;
	if (i == ARRAY_LEN(limits))
		return unknown(text, err);
	if (opt_size(equals + 1, 1, &value, err) < 0)
		return err_wrap(err, "--limit %s", limits[i].name);
	if (value < limits[i].least || value > limits[i].most)
		return err_set(err, FAULT_INPUT,
			       "--limit %s: between %zu and %zu is possible",
			       limits[i].name, limits[i].least, limits[i].most);
	limits[i].value = (size_t)value;
	return 0;
}
