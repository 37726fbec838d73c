/* SPDX-License-Identifier: Apache-2.0 */
/* A container without an OCI runtime: reading its configuration. */
#include "pkg/init/service/plain.h"

#include <jansson.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "pkg/init/service/capability.h"
#include "pkg/init/service/fs.h"
#include "pkg/init/service/mountopt.h"

/* What a member may be besides what is understood: nothing. */
static bool says_nothing(const json_t *value)
{
	return json_is_null(value) || json_is_false(value) ||
	       (json_is_string(value) && !json_string_value(value)[0]) ||
	       (json_is_array(value) && json_array_size(value) == 0) ||
	       (json_is_object(value) && json_object_size(value) == 0);
}

static bool among(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

/* Members that are not known must say nothing. */
static int refuse_others(json_t *object, const char *where,
			 const char *const *known, struct err *err)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) if (
		!among(key, known) &&
		!says_nothing(
			value)) return err_set(err,
					       "config.json: %s%s needs an OCI runtime, "
					       "and handler is none",
					       where, key);
	return 0;
}

static int check_members(json_t *json, struct err *err)
{
	static const char *const top[] = { "ociVersion",  "process", "root",
					   "hostname",    "mounts",  "linux",
					   "annotations", NULL };
	static const char *const process[] = { "user",
					       "args",
					       "env",
					       "cwd",
					       "capabilities",
					       "rlimits",
					       "noNewPrivileges",
					       "apparmorProfile",
					       "oomScoreAdj",
					       NULL };
	static const char *const user[] = { "uid", "gid", "additionalGids",
					    "umask", NULL };
	static const char *const root[] = { "path", "readonly", NULL };
	static const char *const resources[] = { "memory", "pids", "cpu",
						 "unified", NULL };
	static const char *const linux_keys[] = {
		"resources",         "namespaces",  "maskedPaths",
		"readonlyPaths",     "cgroupsPath", "sysctl",
		"rootfsPropagation", NULL
	};
	json_t *own = json_object_get(json, "process");
	json_t *of_linux = json_object_get(json, "linux");

	if (refuse_others(json, "", top, err) < 0 ||
	    refuse_others(own, "process.", process, err) < 0 ||
	    refuse_others(json_object_get(own, "user"), "process.user.", user,
			  err) < 0 ||
	    refuse_others(json_object_get(json, "root"), "root.", root, err) <
		    0)
		return -1;
	if (refuse_others(of_linux, "linux.", linux_keys, err) < 0)
		return -1;
	return refuse_others(json_object_get(of_linux, "resources"),
			     "linux.resources.", resources, err);
}

static int decode_caps(struct plain *plain, const json_t *object,
		       struct err *err)
{
	static const char *const keys[] = {
		[CAPS_BOUNDING] = "bounding",
		[CAPS_EFFECTIVE] = "effective",
		[CAPS_PERMITTED] = "permitted",
		[CAPS_INHERITABLE] = "inheritable",
		[CAPS_AMBIENT] = "ambient",
	};

	for (size_t i = 0; i < CAPS_COUNT; i++) {
		struct json_list names;
		int done = 0;

		if (json_get_list(object, keys[i], &names, err) < 0)
			return -1;
		for (size_t n = 0; n < names.count && done == 0; n++) {
			int number = capability_number(names.item[n]);

			if (number < 0)
				done = err_set(err, "no capability %s",
					       names.item[n]);
			else
				plain->caps[i] |= 1ULL << number;
		}
		json_list_release(&names);
		if (done < 0)
			return -1;
	}
	return 0;
}

/* What is too large for the reader is no limit. */
static uint64_t limit_of(const json_t *number)
{
	return json_is_integer(number) ? (uint64_t)json_integer_value(number)
				       : RLIM_INFINITY;
}

static int decode_limit(struct plain *plain, const json_t *object,
			struct err *err)
{
	static const struct {
		const char *name;
		int resource;
	} names[] = {
		{ "RLIMIT_AS", RLIMIT_AS },
		{ "RLIMIT_CORE", RLIMIT_CORE },
		{ "RLIMIT_CPU", RLIMIT_CPU },
		{ "RLIMIT_DATA", RLIMIT_DATA },
		{ "RLIMIT_FSIZE", RLIMIT_FSIZE },
		{ "RLIMIT_LOCKS", RLIMIT_LOCKS },
		{ "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },
		{ "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE },
		{ "RLIMIT_NICE", RLIMIT_NICE },
		{ "RLIMIT_NOFILE", RLIMIT_NOFILE },
		{ "RLIMIT_NPROC", RLIMIT_NPROC },
		{ "RLIMIT_RSS", RLIMIT_RSS },
		{ "RLIMIT_RTPRIO", RLIMIT_RTPRIO },
		{ "RLIMIT_RTTIME", RLIMIT_RTTIME },
		{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
		{ "RLIMIT_STACK", RLIMIT_STACK },
	};
	const json_t *soft = json_object_get(object, "soft");
	const json_t *hard = json_object_get(object, "hard");
	const char *type;

	if (json_get_text(object, "type", &type, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(names[i].name, type) != 0)
			continue;
		if (!json_is_number(soft) || !json_is_number(hard) ||
		    plain->limit_count == PLAIN_LIMITS_MAX)
			return err_set(err, "%s: not two numbers", type);
		plain->limits[plain->limit_count++] = (struct plain_limit){
			.resource = names[i].resource,
			.soft = limit_of(soft),
			.hard = limit_of(hard),
		};
		return 0;
	}
	return err_set(err, "no limit %s", type);
}

static int decode_user(struct plain *plain, const json_t *object,
		       struct err *err)
{
	static const struct json_range id = { 0, UINT32_MAX - 1LL, 0 };
	static const struct json_range mask = { 0, 0777, -1 };
	const json_t *groups;
	long long uid, gid;

	if (json_get_int(object, "uid", &id, &uid, err) < 0 ||
	    json_get_int(object, "gid", &id, &gid, err) < 0 ||
	    json_get_int(object, "umask", &mask, &plain->umask, err) < 0 ||
	    json_get_array(object, "additionalGids", &groups, err) < 0)
		return -1;
	plain->uid = (uid_t)uid;
	plain->gid = (gid_t)gid;
	plain->groups =
		fs_alloc(json_array_size(groups), sizeof(*plain->groups));
	for (size_t i = 0; i < json_array_size(groups); i++) {
		const json_t *item = json_array_get(groups, i);

		if (!json_is_integer(item))
			return err_set(err, "additionalGids: not a number");
		plain->groups[plain->group_count++] =
			(gid_t)json_integer_value(item);
	}
	return 0;
}

static int get_bool(const json_t *object, const char *key, bool *value,
		    struct err *err)
{
	const json_t *item = json_object_get(object, key);

	*value = json_is_true(item);
	return !item || json_is_null(item) || json_is_boolean(item)
		       ? 0
		       : err_set(err, "'%s' is neither true nor false", key);
}

static int decode_process(struct plain *plain, const json_t *object,
			  struct err *err)
{
	static const struct json_range score = { -1000, 1000, 0 };
	const json_t *limits, *part;

	if (!object)
		return err_set(err, "no process");
	if (json_get_list(object, "args", &plain->args, err) < 0 ||
	    json_get_list(object, "env", &plain->env, err) < 0 ||
	    json_get_text(object, "cwd", &plain->cwd, err) < 0 ||
	    json_get_text(object, "apparmorProfile", &plain->apparmor, err) <
		    0 ||
	    json_get_int(object, "oomScoreAdj", &score, &plain->oom_score_adj,
			 err) < 0 ||
	    json_get_array(object, "rlimits", &limits, err) < 0 ||
	    get_bool(object, "noNewPrivileges", &plain->no_new_privs, err) <
		    0 ||
	    json_get_object(object, "user", &part, err) < 0 ||
	    decode_user(plain, part, err) < 0 ||
	    json_get_object(object, "capabilities", &part, err) < 0 ||
	    decode_caps(plain, part, err) < 0)
		return -1;
	plain->has_oom_score_adj = json_object_get(object, "oomScoreAdj");
	for (size_t i = 0; i < json_array_size(limits); i++)
		if (decode_limit(plain, json_array_get(limits, i), err) < 0)
			return -1;
	return plain->args.count > 0 ? 0 : err_set(err, "no process.args");
}

static int decode_ns(struct plain *plain, const json_t *object, struct err *err)
{
	static const struct {
		const char *type;
		int flag;
	} kinds[] = {
		{ "cgroup", CLONE_NEWCGROUP }, { "ipc", CLONE_NEWIPC },
		{ "mount", CLONE_NEWNS },      { "network", CLONE_NEWNET },
		{ "pid", CLONE_NEWPID },       { "uts", CLONE_NEWUTS },
	};
	struct plain_ns *ns = &plain->ns[plain->ns_count];
	const char *type;

	if (json_get_text(object, "type", &type, err) < 0 ||
	    json_get_text(object, "path", &ns->path, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (strcmp(kinds[i].type, type) != 0)
			continue;
		if (plain->ns_count == PLAIN_NS_MAX - 1)
			return err_set(err, "too many namespaces");
		ns->flag = kinds[i].flag;
		plain->ns_count++;
		return 0;
	}
	return err_set(err,
		       "config.json: a %s namespace needs an OCI runtime, and "
		       "handler is none",
		       type);
}

static bool same_key(const char *key, const char *wanted)
{
	for (; *wanted; key++, wanted++)
		if (*key != *wanted && !(*key == '/' && *wanted == '.'))
			return false;
	return wanted[-1] == '.' || !*key;
}

/* The rest would change the machine, or somebody else's part of it. */
static int check_sysctl(const struct plain *plain, struct err *err)
{
	static const struct {
		const char *key; /* all below one that ends in a dot */
		int flag;
	} rows[] = {
		{ "net.", CLONE_NEWNET },
		{ "fs.mqueue.", CLONE_NEWIPC },
		{ "kernel.msgmax", CLONE_NEWIPC },
		{ "kernel.msgmnb", CLONE_NEWIPC },
		{ "kernel.msgmni", CLONE_NEWIPC },
		{ "kernel.sem", CLONE_NEWIPC },
		{ "kernel.shmall", CLONE_NEWIPC },
		{ "kernel.shmmax", CLONE_NEWIPC },
		{ "kernel.shmmni", CLONE_NEWIPC },
		{ "kernel.shm_rmid_forced", CLONE_NEWIPC },
		{ "kernel.domainname", CLONE_NEWUTS },
		{ "kernel.hostname", CLONE_NEWUTS },
	};
	const union {
		const json_t *in;
		json_t *out;
	} both = { plain->sysctl };

	for (void *at = json_object_iter(both.out); at;
	     at = json_object_iter_next(both.out, at)) {
		const char *key = json_object_iter_key(at);
		bool own = false;

		for (size_t i = 0; i < ARRAY_LEN(rows); i++)
			own |= same_key(key, rows[i].key) &&
			       plain_has_ns(plain, rows[i].flag);
		if (!own)
			return err_set(err,
				       "config.json: sysctl %s is not of a "
				       "namespace of the container",
				       key);
	}
	return 0;
}

static int decode_linux(struct plain *plain, const json_t *object,
			struct err *err)
{
	const json_t *spaces;

	if (json_get_array(object, "namespaces", &spaces, err) < 0 ||
	    json_get_list(object, "maskedPaths", &plain->masked, err) < 0 ||
	    json_get_list(object, "readonlyPaths", &plain->readonly_paths,
			  err) < 0 ||
	    json_get_text(object, "cgroupsPath", &plain->cgroup, err) < 0 ||
	    json_get_text(object, "rootfsPropagation", &plain->propagation,
			  err) < 0 ||
	    json_get_object(object, "sysctl", &plain->sysctl, err) < 0 ||
	    json_get_object(object, "resources", &plain->resources, err) < 0)
		return -1;
	for (size_t i = 0; i < json_array_size(spaces); i++)
		if (decode_ns(plain, json_array_get(spaces, i), err) < 0)
			return -1;
	if (!plain_has_ns(plain, CLONE_NEWNS))
		return err_set(err, "no mount namespace");
	if (strstr(plain->cgroup, ".."))
		return err_set(err, "cgroupsPath climbs");
	return check_sysctl(plain, err);
}

/*
 * Options of a bind that are no flags (rro, idmap) would be ignored by the
 * kernel.
 */
static int check_options(const struct runtime_mount *m, struct err *err)
{
	struct mount_plan plan;

	mount_plan_init(&plan);
	for (size_t i = 0; i < m->options.count; i++)
		if (!mount_plan_add(&plan, m->options.item[i]))
			return err_set(err, "options too long");
	if (plan.remount)
		return err_set(err, "a remount needs an OCI "
				    "runtime, and handler is none");
	if ((plan.bind || strcmp(m->type, "bind") == 0) && plan.data[0])
		return err_set(err,
			       "the option %s of a bind needs an OCI "
			       "runtime, and handler is none",
			       plan.data);
	return 0;
}

static int decode_mount(struct runtime_mount *m, json_t *object,
			struct err *err)
{
	static const char *const keys[] = { "destination", "type", "source",
					    "options", NULL };

	if (runtime_mount_decode(object, m, err) < 0 ||
	    refuse_others(object, "mounts.", keys, err) < 0)
		return -1;
	return check_options(m, err);
}

static int decode_mounts(struct plain *plain, struct err *err)
{
	const json_t *array;

	if (json_get_array(plain->json, "mounts", &array, err) < 0)
		return -1;
	plain->mounts =
		fs_alloc(json_array_size(array), sizeof(*plain->mounts));
	for (size_t i = 0; i < json_array_size(array); i++)
		if (decode_mount(&plain->mounts[plain->mount_count++],
				 json_array_get(array, i), err) < 0)
			return err_wrap(err, "mounts[%zu]", i);
	return 0;
}

static int decode(struct plain *plain, struct err *err)
{
	const json_t *part;

	if (check_members(plain->json, err) < 0 ||
	    json_get_object(plain->json, "process", &part, err) < 0 ||
	    decode_process(plain, part, err) < 0 ||
	    json_get_object(plain->json, "linux", &part, err) < 0 ||
	    decode_linux(plain, part, err) < 0 ||
	    json_get_text(plain->json, "hostname", &plain->hostname, err) < 0 ||
	    decode_mounts(plain, err) < 0 ||
	    json_get_object(plain->json, "root", &part, err) < 0 ||
	    get_bool(part, "readonly", &plain->readonly, err) < 0)
		return -1;
	if (plain->hostname[0] && !plain_has_ns(plain, CLONE_NEWUTS))
		return err_set(err, "a hostname without a uts namespace");
	return 0;
}

int plain_decode(struct plain *plain, const char *text, struct err *err)
{
	json_error_t json_err;

	*plain = (struct plain){ .umask = -1 };
	plain->json = json_loads(text, JSON_REJECT_DUPLICATES, &json_err);
	if (!plain->json)
		return err_set(err, "config.json: line %d: %s", json_err.line,
			       json_err.text);
	if (decode(plain, err) == 0)
		return 0;
	plain_release(plain);
	return -1;
}

void plain_release(struct plain *plain)
{
	for (size_t i = 0; i < plain->mount_count; i++)
		json_list_release(&plain->mounts[i].options);
	free(plain->mounts);
	free(plain->groups);
	json_list_release(&plain->args);
	json_list_release(&plain->env);
	json_list_release(&plain->masked);
	json_list_release(&plain->readonly_paths);
	json_decref(plain->json);
	*plain = (struct plain){ 0 };
}

bool plain_has_ns(const struct plain *plain, int flag)
{
	for (size_t i = 0; i < plain->ns_count; i++)
		if (plain->ns[i].flag == flag)
			return true;
	return false;
}
