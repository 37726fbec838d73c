/* SPDX-License-Identifier: Apache-2.0 */
/* What a config.json wants of the kernel's security modules. */
#include "pkg/init/service/label.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkg/init/service/fs.h"
#include "pkg/init/service/jsonspan.h"
#include "pkg/init/service/spec.h"

#define SECURITY "/sys/kernel/security"
#define FILE_MAX (4 << 20)
#define LABEL_BYTES 4096

static const struct row {
	const char *object;
	const char *key;
	const char *module; /* in the kernel's list */
	const char *cure;
} rows[] = {
	{ "process", "selinuxLabel", "selinux",
	  "a kernel that has SELinux starts it with security=selinux selinux=1" },
	{ "linux", "mountLabel", "selinux",
	  "a kernel that has SELinux starts it with security=selinux selinux=1" },
	{ "process", "apparmorProfile", "apparmor",
	  "a kernel that has AppArmor starts it with apparmor=1 security=apparmor" },
};

/* False if there is no such text, or an empty one. Escapes stay as they are. */
static bool find(const char *config, const struct row *row, char *text)
{
	struct json_span object, value;

	if (!json_find(config, 0, row->object, &object) ||
	    !json_find(config, object.start, row->key, &value))
		return false;
	size_t len = value.end - value.start;

	if (len <= 2 || len - 2 >= LABEL_BYTES || config[value.start] != '"')
		return false;
	memcpy(text, config + value.start + 1, len - 2);
	text[len - 2] = '\0';
	return true;
}

/* A line's mode stands in brackets behind the last blank. */
static bool is_loaded(const char *profiles, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = profiles; *line;) {
		const char *end = strchrnul(line, '\n');

		if ((size_t)(end - line) > len &&
		    strncmp(line, name, len) == 0 &&
		    strncmp(line + len, " (", 2) == 0)
			return true;
		line = *end ? end + 1 : end;
	}
	return false;
}

/* Until there is a policy, this is what every process is called. */
static bool has_policy(const char *context)
{
	return strcmp(context, "kernel") != 0;
}

static int check_row(const struct row *row, const char *text,
		     const struct label_kernel *kernel, struct err *err)
{
	if (!fs_list_has(kernel->modules, row->module))
		return err_set(err, "%s %s: this kernel runs without it (%s)",
			       row->key, text, row->cure);
	if (strcmp(row->module, "apparmor") == 0) {
		if (kernel->profiles && !is_loaded(kernel->profiles, text))
			return err_set(
				err,
				"%s %s: not loaded (init loads the files of /etc/apparmor/earlypolicy)",
				row->key, text);
	} else if (kernel->context && !has_policy(kernel->context)) {
		return err_set(
			err,
			"%s %s: no policy is loaded (init loads the one that /etc/selinux/config names)",
			row->key, text);
	}
	return 0;
}

int label_check(const char *config, const struct label_kernel *kernel,
		struct err *err)
{
	char text[LABEL_BYTES];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (find(config, &rows[i], text) &&
		    strcmp(text, "unconfined") != 0 &&
		    check_row(&rows[i], text, kernel, err) < 0)
			return -1;
	return 0;
}

/* Most containers ask for nothing; only for the rest is the kernel asked. */
static bool asks(const char *config)
{
	char text[LABEL_BYTES];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (find(config, &rows[i], text))
			return true;
	return false;
}

int label_check_bundle(const char *bundle, struct err *err)
{
	SCOPED_FREE char *config = NULL;
	SCOPED_FREE char *modules = NULL;
	SCOPED_FREE char *profiles = NULL;
	SCOPED_FREE char *context = NULL;

	if (spec_load(bundle, &config, err) < 0)
		return -1;
	if (!asks(config))
		return 0;
	if (fs_read(SECURITY "/lsm", FILE_MAX, &modules, err) < 0 ||
	    fs_read(SECURITY "/apparmor/profiles", FILE_MAX, &profiles, err) <
		    0)
		return -1;
	struct label_kernel kernel = { .modules = modules ? modules : "",
				       .profiles = profiles };

	/* Without such a module this cannot be read. */
	if (fs_list_has(kernel.modules, "selinux") &&
	    fs_read("/proc/self/attr/current", LABEL_BYTES, &context, err) < 0)
		return -1;
	kernel.context = context;
	return label_check(config, &kernel, err);
}
