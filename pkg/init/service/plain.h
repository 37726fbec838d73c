/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container without an OCI runtime: what of config.json the launcher itself
 * can carry out. What it cannot is refused by name, never left out: a service
 * must not run with fewer walls around it than its configuration says. OCI
 * runtime specification 1.2, config.md and config-linux.md.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "pkg/init/service/jsonget.h"
#include "pkg/init/service/runtime.h"

enum plain_caps {
	CAPS_BOUNDING,
	CAPS_EFFECTIVE,
	CAPS_PERMITTED,
	CAPS_INHERITABLE,
	CAPS_AMBIENT,
	CAPS_COUNT,
};

#define PLAIN_NS_MAX 8

struct plain_ns {
	int flag;         /* CLONE_NEW... */
	const char *path; /* "": a new one */
};

struct plain_limit {
	int resource;
	uint64_t soft;
	uint64_t hard;
};

#define PLAIN_LIMITS_MAX 16

/* Strings are borrowed from the JSON document. */
struct plain {
	struct json_t *json;   /* owned */
	struct json_list args; /* not empty */
	struct json_list env;
	const char *cwd;
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* owned */
	size_t group_count;
	long long umask; /* -1: 022 */
	uint64_t caps[CAPS_COUNT];
	struct plain_limit limits[PLAIN_LIMITS_MAX];
	size_t limit_count;
	bool no_new_privs;
	long long oom_score_adj;
	bool has_oom_score_adj;
	const char *apparmor;
	const char *hostname;
	bool readonly;
	struct plain_ns ns[PLAIN_NS_MAX];
	size_t ns_count;
	struct runtime_mount *mounts; /* owned */
	size_t mount_count;
	struct json_list masked;
	struct json_list readonly_paths;
	const char
		*cgroup; /* below the root group, "": the launcher's choice */
	const struct json_t *resources; /* NULL: none */
	const struct json_t *sysctl;
	const char *propagation; /* "": as usual */
};

/* On an error there is nothing to release. Pure. */
MUST_CHECK int plain_decode(struct plain *plain, const char *text,
			    struct err *err);
void plain_release(struct plain *plain);
#define SCOPED_PLAIN __attribute__((cleanup(plain_release))) struct plain

/* All namespaces of this kind are the machine's own: false. */
bool plain_has_ns(const struct plain *plain, int flag);

/* A control group: made with its limits, joined, killed and removed. */
MUST_CHECK int plain_group_make(const struct plain *plain, const char *group,
				struct err *err);
MUST_CHECK int plain_group_join(const char *group, pid_t pid, struct err *err);
MUST_CHECK int plain_group_end(const char *group, struct err *err);

/* In the new process: its mounts; root is the bundle's rootfs. */
MUST_CHECK int plain_enter_root(const struct plain *plain, const char *root,
				const char *group, struct err *err);

/* In the new process, last: limits, user, capabilities. */
MUST_CHECK int plain_become(const struct plain *plain, struct err *err);

/* Executes the arguments; returns only to fail. */
MUST_CHECK int plain_exec(const struct plain *plain, const char *const *argv,
			  struct err *err);
