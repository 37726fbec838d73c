/* SPDX-License-Identifier: Apache-2.0 */
/* runtime.json of a bundle: what to do around its container. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "pkg/init/service/policy.h"

/* Strings are borrowed from the JSON document; absent ones are "". */
struct runtime_mount {
	const char *destination;
	const char *type;
	const char *source;
	struct json_list options;
};

struct runtime_interface {
	const char *name;
	const char *add;
	const char *peer;
	bool create_in_root;
};

enum runtime_ns {
	NS_CGROUP,
	NS_IPC,
	NS_MNT,
	NS_NET,
	NS_PID,
	NS_USER,
	NS_UTS,
	NS_COUNT,
};

/* "cgroup", "ipc", ...: key in bindNS and file in /proc/PID/ns. */
extern const char *const runtime_ns_name[NS_COUNT];

struct runtime {
	struct json_t *json; /* owned */
	struct runtime_mount *mounts;
	size_t mount_count;
	struct runtime_interface *interfaces;
	size_t interface_count;
	struct json_list mkdir;
	struct json_list cgroups;
	const char *bind_ns[NS_COUNT];
	const char *namespace_name;
	struct policy policy;
};

/* Decodes the text; unknown keys are ignored, wrong types are errors. */
MUST_CHECK int runtime_decode(struct runtime *runtime, const char *text,
			      struct err *err);

/* A mount of runtime.json or config.json; release its options on failure too.
 */
MUST_CHECK int runtime_mount_decode(const struct json_t *object,
				    struct runtime_mount *mount,
				    struct err *err);

/* Reads runtime.json of the bundle; a missing file asks for nothing. */
MUST_CHECK int runtime_read(struct runtime *runtime, const char *bundle,
			    struct err *err);

void runtime_release(struct runtime *runtime);
#define SCOPED_RUNTIME __attribute__((cleanup(runtime_release))) struct runtime

/* True if something is to be done between create and start. */
bool runtime_needs_process(const struct runtime *runtime);
