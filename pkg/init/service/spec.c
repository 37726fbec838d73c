/* SPDX-License-Identifier: Apache-2.0 */
/* config.json of a bundle, made fit for containerd. */
#include "pkg/init/service/spec.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkg/init/service/fs.h"
#include "pkg/init/service/jsonspan.h"

#define FILE_MAX (4 << 20)

static bool needs_escape(const char *path)
{
	for (; *path; path++)
		if (*path == '"' || *path == '\\' || (unsigned char)*path < ' ')
			return true;
	return false;
}

/* A copy of the text with another one in place of the value. */
static char *replace_raw(const char *json, const struct json_span *value,
			 const char *text)
{
	size_t size = strlen(json) + strlen(text) + 1;
	char *out = fs_alloc(1, size);

	(void)snprintf(out, size, "%.*s%s%s", (int)value->start, json, text,
		       json + value->end);
	return out;
}

/* The same with a string. */
static char *replace(const char *json, const struct json_span *value,
		     const char *text)
{
	size_t size = strlen(json) + strlen(text) + 3;
	char *out = fs_alloc(1, size);

	(void)snprintf(out, size, "%.*s\"%s\"%s", (int)value->start, json, text,
		       json + value->end);
	return out;
}

int spec_set_root(const char *json, const char *root, char **out,
		  struct err *err)
{
	struct json_span object, path;

	*out = NULL;
	if (needs_escape(root))
		return err_set(err, "%s: unusable path", root);
	if (!json_find(json, 0, "root", &object) ||
	    !json_find(json, object.start, "path", &path))
		return err_set(err, "no root.path");
	*out = replace(json, &path, root);
	return 0;
}

int spec_set_version(const char *json, char **out, struct err *err)
{
	static const char fine[] = "\"1.0.";
	struct json_span version;

	*out = NULL;
	if (!json_find(json, 0, "ociVersion", &version))
		return err_set(err, "no ociVersion");
	if (strncmp(json + version.start, fine, sizeof(fine) - 1) != 0)
		*out = replace(json, &version, "1.0.2");
	return 0;
}

int spec_load(const char *bundle, char **out, struct err *err)
{
	char path[PATH_BYTES];

	*out = NULL;
	if (fs_path(path, err, "%s/config.json", bundle) < 0 ||
	    fs_read(path, FILE_MAX, out, err) < 0)
		return -1;
	return *out ? 0 : err_set(err, "no config.json");
}

int spec_read(const char *bundle, char **out, struct err *err)
{
	SCOPED_FREE char *json = NULL;
	char root[PATH_BYTES];

	*out = NULL;
	if (fs_path(root, err, "%s/rootfs", bundle) < 0 ||
	    spec_load(bundle, &json, err) < 0)
		return -1;
	if (spec_set_root(json, root, out, err) < 0)
		return err_wrap(err, "config.json");
	return 0;
}

/* NULL: JSON cannot say it. */
static char *args_text(const char *const *argv)
{
	json_t *list = json_array();

	bool fine = true;

	for (; *argv; argv++)
		fine &= json_array_append_new(list, json_string(*argv)) == 0;
	char *text = fine ? json_dumps(list, JSON_COMPACT) : NULL;

	json_decref(list);
	return text;
}

static void exchange(char **text, const struct json_span *span, const char *by)
{
	char *changed = replace_raw(*text, span, by);

	free(*text);
	*text = changed;
}

int spec_process(const char *json, const char *const *argv, bool terminal,
		 char **out, struct err *err)
{
	SCOPED_FREE char *args = args_text(argv);
	SCOPED_FREE char *process = NULL;
	struct json_span span;

	*out = NULL;
	if (!args)
		return err_set(err, "a word of the command is not UTF-8, and "
				    "runtimes take no other");
	if (!json_find(json, 0, "process", &span))
		return err_set(err, "config.json: no process");
	process = fs_alloc(1, span.end - span.start + 1);
	memcpy(process, json + span.start, span.end - span.start);
	if (!json_find(process, 0, "args", &span))
		return err_set(err, "config.json: no process.args");
	exchange(&process, &span, args);
	if (json_find(process, 0, "terminal", &span)) {
		exchange(&process, &span, terminal ? "true" : "false");
	} else if (terminal) {
		const char *brace = strchr(process, '{');
		size_t at = brace ? (size_t)(brace - process) + 1 : 0;

		span = (struct json_span){ at, at };
		exchange(&process, &span, "\"terminal\":true,");
	}
	*out = process;
	process = NULL;
	return 0;
}
