/* SPDX-License-Identifier: Apache-2.0 */
/* Manifest entry and image label: who wins; names of ids. */
#include "cmd/lib/build/runtime_spec.h"

#include <errno.h>
#include <string.h>

#define FIRST_ENTRY_ID 100

#define PICK(field)                                                            \
	merged->field = (manifest->field.at ? manifest->field : label->field)
/* Plain strings: an empty one cannot clear the label's. */
#define PICK_TEXT(field)                                                       \
	merged->field = (val_text(&manifest->field, NULL) ? manifest->field    \
							  : label->field)

const char *entry_label(const json_t *image)
{
	const json_t *config = json_object_get(image, "config");

	return json_text(json_object_get(config, "Labels"),
			 "org.mobyproject.config");
}

/* The label's list and, behind it, the manifest's additions. */
static struct val_strs joined(const struct val_strs *label,
			      const struct val_strs *more, struct arena *arena)
{
	return more->at ? val_strs_join(label, more, arena) : *label;
}

static void merge_runtime(struct entry *merged, const struct entry *manifest,
			  const struct entry *label)
{
	merged->runtime.at =
		manifest->runtime.at ? manifest->runtime.at : label->runtime.at;
	PICK(runtime.cgroups);
	PICK(runtime.mkdir);
	PICK(runtime.mounts);
	PICK(runtime.interfaces);
	PICK(runtime.name_space);
	PICK(runtime.handler);
	PICK(runtime.bind_ns.cgroup);
	PICK(runtime.bind_ns.ipc);
	PICK(runtime.bind_ns.mnt);
	PICK(runtime.bind_ns.net);
	PICK(runtime.bind_ns.pid);
	PICK(runtime.bind_ns.user);
	PICK(runtime.bind_ns.uts);
}

/* What a process is and where it runs. */
static void merge_process(struct entry *merged, const struct entry *manifest,
			  const struct entry *label)
{
	PICK(command);
	PICK(env);
	PICK_TEXT(cwd);
	PICK_TEXT(net);
	PICK_TEXT(pid);
	PICK_TEXT(ipc);
	PICK_TEXT(uts);
	PICK_TEXT(userns);
	PICK_TEXT(hostname);
	PICK(uid);
	PICK(gid);
	PICK(additional_gids);
	PICK(uid_mappings);
	PICK(gid_mappings);
}

/* What it sees and may do. */
static void merge_limits(struct entry *merged, const struct entry *manifest,
			 const struct entry *label)
{
	PICK(ambient);
	PICK(mounts);
	PICK(devices);
	PICK(tmpfs);
	PICK(readonly);
	PICK(masked_paths);
	PICK(readonly_paths);
	PICK(no_new_privileges);
	PICK(oom_score_adj);
	PICK(rootfs_propagation);
	PICK(cgroups_path);
	PICK(resources);
	PICK(sysctl);
	PICK(rlimits);
	PICK(annotations);
}

/* kitbuild's own keys. `security` is the manifest's alone. */
static void merge_care(struct entry *merged, const struct entry *manifest,
		       const struct entry *label)
{
	merged->security = manifest->security;
	PICK(seccomp);
	PICK(apparmor);
	PICK(selinux);
	PICK(landlock);
	PICK(restart);
	PICK(after);
	PICK(requires);
	PICK(healthcheck);
	PICK(readiness);
	PICK(stop_timeout);
	PICK(timeout);
	PICK(onfail);
}

void entry_merge(struct entry *merged, const struct entry *manifest,
		 const struct entry *label, struct arena *arena)
{
	*merged = (struct entry){
		.at = manifest->at,
		.name = manifest->name,
		.image = manifest->image,
	};
	merged->capabilities =
		manifest->capabilities.at
			? manifest->capabilities
			: joined(&label->capabilities,
				 &manifest->capabilities_add, arena);
	merged->binds =
		manifest->binds.at
			? manifest->binds
			: joined(&label->binds, &manifest->binds_add, arena);
	merge_process(merged, manifest, label);
	merge_limits(merged, manifest, label);
	merge_runtime(merged, manifest, label);
	merge_care(merged, manifest, label);
}

/* The last entry of a name owns it. */
static bool find_entry_id(const struct manifest *manifest, const char *name,
			  uint32_t *id)
{
	uint32_t next = FIRST_ENTRY_ID;
	bool found = false;

	for (size_t s = 0; s < SECTION_COUNT; s++) {
		const struct entry *entries = manifest->sections[s].items;

		for (size_t i = 0; i < manifest->sections[s].count; i++) {
			next++;
			if (strcmp(entries[i].name.text, name) != 0)
				continue;
			*id = next - 1;
			found = true;
		}
	}
	return found;
}

static bool parse_id(const char *text, uint32_t *id)
{
	char *end = NULL;
	unsigned long long number;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno || *end || number > UINT32_MAX)
		return false;
	*id = (uint32_t)number;
	return true;
}

int entry_id(const struct val_id *value, const struct manifest *manifest,
	     uint32_t *id, struct err *err)
{
	*id = 0;
	if (!value->at)
		return 0;
	if (!value->name) {
		if (value->number < 0 || value->number > UINT32_MAX)
			return yml_fail(value->at, err,
					"%lld is no id: 0 to 4294967295",
					(long long)value->number);
		*id = (uint32_t)value->number;
		return 0;
	}
	if (!*value->name || strcmp(value->name, "root") == 0)
		return 0;
	if (find_entry_id(manifest, value->name, id) ||
	    parse_id(value->name, id))
		return 0;
	return yml_fail(value->at, err,
			"'%s' is neither an id nor the name of an entry",
			value->name);
}
