/* SPDX-License-Identifier: Apache-2.0 */
/* A config.json whose command is started by `service inside`. */
#include "pkg/init/service/inside.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkg/init/service/fs.h"
#include "pkg/init/service/jsonspan.h"

#define SELF "/usr/bin/service"
#define PLACE "/dev/.kitbuild"

bool inside_needed(const struct policy *policy)
{
	return policy->ready.fd > 0 || policy->landlock.asked;
}

static void add_word(json_t *list, const char *word, const char *value)
{
	(void)json_array_append_new(list, json_string(word));
	(void)json_array_append_new(list, json_string(value));
}

static json_t *words_of(const struct policy *policy)
{
	const struct landlock *landlock = &policy->landlock;
	json_t *list = json_pack("[s, s]", PLACE "/service", "inside");
	char number[24];

	(void)snprintf(number, sizeof(number), "%lld", policy->ready.fd);
	if (policy->ready.fd > 0) {
		add_word(list, "fd", number);
		add_word(list, "ready", PLACE "/ready");
	}
	for (size_t i = 0; i < landlock->read_only.count; i++)
		add_word(list, "ro", landlock->read_only.item[i]);
	for (size_t i = 0; i < landlock->read_write.count; i++)
		add_word(list, "rw", landlock->read_write.item[i]);
	/* Without any path nothing is allowed: that has to be said too. */
	if (landlock->asked &&
	    landlock->read_only.count + landlock->read_write.count == 0)
		add_word(list, "ro", PLACE "/service");
	(void)json_array_append_new(list, json_string("--"));
	return list;
}

static json_t *mount_of(const char *source, const char *name)
{
	char place[64];

	(void)snprintf(place, sizeof(place), PLACE "/%s", name);
	return json_pack("{s:s, s:s, s:s, s:[s, s, s, s]}", "destination",
			 place, "type", "bind", "source", source, "options",
			 "bind", "ro", "nosuid", "nodev");
}

static json_t *mounts_of(const struct policy *policy, const char *fifo)
{
	json_t *list = json_array();

	(void)json_array_append_new(list, mount_of(SELF, "service"));
	if (policy->ready.fd > 0)
		(void)json_array_append_new(list, mount_of(fifo, "ready"));
	return list;
}

/* The items of a list without its brackets; the caller frees them. */
static char *items_of(json_t *list)
{
	char *text = list ? json_dumps(list, JSON_COMPACT) : NULL;
	size_t len = text ? strlen(text) : 0;

	json_decref(list);
	if (len < 2) {
		free(text);
		return NULL;
	}
	memmove(text, text + 1, len - 2);
	text[len - 2] = '\0';
	return text;
}

static char *insert(const char *json, size_t at, const char *before,
		    const char *text, const char *after)
{
	size_t size = strlen(json) + strlen(text) + 3;
	char *out = fs_alloc(1, size);

	(void)snprintf(out, size, "%.*s%s%s%s%s", (int)at, json, before, text,
		       after, json + at);
	return out;
}

static bool is_empty(const char *json, const struct json_span *list)
{
	return strspn(json + list->start + 1, " \t\r\n") ==
	       list->end - list->start - 2;
}

static int add_mounts(const char *json, const char *items, char **out,
		      struct err *err)
{
	struct json_span mounts;

	if (!json_find(json, 0, "mounts", &mounts) || json[mounts.start] != '[')
		return err_set(err, "config.json: no mounts");
	*out = insert(json, mounts.end - 1, is_empty(json, &mounts) ? "" : ",",
		      items, "");
	return 0;
}

static int add_args(const char *json, const char *items, char **out,
		    struct err *err)
{
	struct json_span process, args;

	if (!json_find(json, 0, "process", &process) ||
	    !json_find(json, process.start, "args", &args) ||
	    json[args.start] != '[' || is_empty(json, &args))
		return err_set(err, "config.json: no process.args");
	*out = insert(json, args.start + 1, "", items, ",");
	return 0;
}

int inside_wrap(const char *json, const struct policy *policy, const char *fifo,
		char **out, struct err *err)
{
	SCOPED_FREE char *args = items_of(words_of(policy));
	SCOPED_FREE char *mounts = items_of(mounts_of(policy, fifo));
	SCOPED_FREE char *bound = NULL;

	*out = NULL;
	if (!args || !mounts)
		return err_set(err, "a path is not UTF-8");
	if (add_mounts(json, mounts, &bound, err) < 0 || !bound)
		return -1;
	return add_args(bound, args, out, err);
}
