/* SPDX-License-Identifier: Apache-2.0 */
/* A control group, version 2, with what `resources` asks for. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"
#include "pkg/init/service/plain.h"
#include "pkg/init/service/spawn.h"

#define TOP "/sys/fs/cgroup"
#define END_MS 5000
#define POLL_MS 10

static int write_file(const char *group, const char *name, const char *text,
		      struct err *err)
{
	char path[PATH_BYTES];

	if (fs_path(path, err, "%s/%s", group, name) < 0)
		return -1;
	SCOPED_FD fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return err_sys(err, "write %s", path);
	return 0;
}

/* Numbers of `resources` that are a file each; -1 is "max", 0 says nothing. */
static const struct {
	const char *controller;
	const char *key;
	const char *file;
} numbers[] = {
	{ "memory", "limit", "memory.max" },
	{ "memory", "reservation", "memory.low" },
	{ "pids", "limit", "pids.max" },
	{ "cpu", "burst", "cpu.max.burst" },
	{ "cpu", "idle", "cpu.idle" },
};

static int write_number(const char *group, const char *file,
			const json_t *value, struct err *err)
{
	char text[32];
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value))
		return err_set(err, "%s: not a number", file);
	if (number == 0)
		return 0;
	(void)snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, number);
	return write_file(group, file, number < 0 ? "max" : text, err);
}

/* cpu.max is quota and period in one; shares become a weight, as runc does. */
static int write_cpu(const char *group, const json_t *cpu, struct err *err)
{
	const json_t *quota = json_object_get(cpu, "quota");
	const json_t *period = json_object_get(cpu, "period");
	const json_t *shares = json_object_get(cpu, "shares");
	char text[64], limit[24] = "max";

	if (json_integer_value(quota) > 0)
		(void)snprintf(limit, sizeof(limit), "%" JSON_INTEGER_FORMAT,
			       json_integer_value(quota));
	(void)snprintf(text, sizeof(text), "%s %" JSON_INTEGER_FORMAT, limit,
		       json_is_integer(period) ? json_integer_value(period)
					       : 100000);
	if ((quota || period) && write_file(group, "cpu.max", text, err) < 0)
		return -1;
	if (!json_is_integer(shares) || json_integer_value(shares) < 2)
		return 0;
	(void)snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT,
		       1 + (json_integer_value(shares) - 2) * 9999 / 262142);
	return write_file(group, "cpu.weight", text, err);
}

/* The specification's swap includes memory; the kernel's does not. */
static int write_swap(const char *group, const json_t *memory, struct err *err)
{
	const json_t *swap = json_object_get(memory, "swap");
	json_int_t number = json_integer_value(swap);
	json_int_t limit = json_integer_value(json_object_get(memory, "limit"));
	char text[32] = "max";

	if (number == 0)
		return 0;
	if (number >= 0 && number < limit)
		return err_set(err, "resources.memory.swap is below its limit");
	if (number >= 0)
		(void)snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT,
			       number - limit);
	return write_file(group, "memory.swap.max", text, err);
}

static int write_text(const char *group, const char *file, const json_t *value,
		      struct err *err)
{
	if (!value)
		return 0;
	if (!json_is_string(value) || strchr(file, '/'))
		return err_set(err, "%s: not a text", file);
	return write_file(group, file, json_string_value(value), err);
}

/* What is understood; all else is refused. */
static bool is_known(const char *controller, const char *key)
{
	static const char *const others[][2] = {
		{ "cpu", "quota" },  { "cpu", "period" },
		{ "cpu", "shares" }, { "cpu", "cpus" },
		{ "cpu", "mems" },   { "memory", "checkBeforeUpdate" },
	};

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (strcmp(others[i][0], controller) == 0 &&
		    strcmp(others[i][1], key) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (strcmp(numbers[i].controller, controller) == 0 &&
		    strcmp(numbers[i].key, key) == 0)
			return true;
	return false;
}

static int check_known(json_t *resources, struct err *err)
{
	const char *controller, *key;
	json_t *object, *value;

	json_object_foreach(resources, controller, object)
	{
		if (!json_is_object(object) && !json_is_null(object))
			return err_set(err,
				       "config.json: resources.%s is not an "
				       "object",
				       controller);
		if (strcmp(controller, "unified") == 0)
			continue;
		json_object_foreach(object, key, value) if (
			!is_known(
				controller,
				key)) return err_set(err,
						     "config.json: resources.%s.%s needs "
						     "an OCI runtime, and handler is none",
						     controller, key);
	}
	return 0;
}

static int write_all(json_t *resources, const char *group, struct err *err)
{
	json_t *cpu = json_object_get(resources, "cpu");
	const char *key;
	json_t *value;

	if (check_known(resources, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		value = json_object_get(
			json_object_get(resources, numbers[i].controller),
			numbers[i].key);
		if (value &&
		    write_number(group, numbers[i].file, value, err) < 0)
			return -1;
	}
	if (write_swap(group, json_object_get(resources, "memory"), err) < 0 ||
	    write_cpu(group, cpu, err) < 0 ||
	    write_text(group, "cpuset.cpus", json_object_get(cpu, "cpus"),
		       err) < 0 ||
	    write_text(group, "cpuset.mems", json_object_get(cpu, "mems"),
		       err) < 0)
		return -1;
	json_object_foreach(json_object_get(resources, "unified"), key,
			    value) if (write_text(group, key, value, err) <
				       0) return -1;
	return 0;
}

/* Every controller of a group above is there below it. */
static void enable_controllers(const char *group)
{
	static const char *const names[] = { "+cpu", "+cpuset", "+io",
					     "+memory", "+pids" };
	char above[PATH_BYTES];
	struct err err;

	for (const char *at = group + sizeof(TOP) - 1; at;
	     at = strchr(at + 1, '/')) {
		if (fs_path(above, &err, "%.*s", (int)(at - group), group) < 0)
			return;
		for (size_t i = 0; i < ARRAY_LEN(names); i++)
			if (write_file(above, "cgroup.subtree_control",
				       names[i], &err) < 0)
				say_debug("%s", err.msg);
	}
}

int plain_group_make(const struct plain *plain, const char *group,
		     struct err *err)
{
	const union {
		const json_t *in;
		json_t *out;
	} resources = { plain->resources };

	if (!fs_exists(TOP "/cgroup.controllers"))
		return err_set(err, "handler none needs control groups "
				    "version 2");
	if (fs_mkdir(group, err) < 0)
		return -1;
	enable_controllers(group);
	return resources.out ? write_all(resources.out, group, err) : 0;
}

int plain_group_join(const char *group, pid_t pid, struct err *err)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	return write_file(group, "cgroup.procs", text, err);
}

/* More groups below each other than anybody makes; our stack has an end. */
#define DEPTH_MAX 100

/* Groups that its processes have made, the innermost first. */
static void remove_below(const char *group, int depth)
{
	SCOPED_NAMES names = { 0 };
	char path[PATH_BYTES];
	struct err err;

	if (depth == 0 || fs_folders(group, &names, &err) < 0)
		return;
	for (size_t i = 0; i < names.count; i++) {
		if (fs_path(path, &err, "%s/%s", group, names.name[i]) < 0)
			continue;
		remove_below(path, depth - 1);
		(void)rmdir(path);
	}
}

int plain_group_end(const char *group, struct err *err)
{
	long long deadline = clock_ms() + END_MS;
	struct err ignored;

	if (!fs_exists(group))
		return 0;
	if (write_file(group, "cgroup.kill", "1", &ignored) < 0)
		say_debug("%s", ignored.msg);
	while (remove_below(group, DEPTH_MAX), rmdir(group) < 0) {
		if (errno != EBUSY || clock_ms() > deadline)
			return err_sys(err, "remove %s", group);
		(void)poll(NULL, 0, POLL_MS);
	}
	return 0;
}
