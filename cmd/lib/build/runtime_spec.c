/* SPDX-License-Identifier: Apache-2.0 */
/* config.json, in the field order LinuxKit writes. */
#include "cmd/lib/build/internal.h"

#define OCI_VERSION "1.2.1"

/* Image text members: Env, Entrypoint, Cmd. */
static void append_all(json_t *list, const json_t *more)
{
	for (size_t i = 0; i < json_array_size(more); i++)
		if (json_is_string(json_array_get(more, i)))
			json_array_append(list, json_array_get(more, i));
}

static int user_json(json_t **user, const struct spec_input *input,
		     struct err *err)
{
	const struct entry *entry = input->entry;
	SCOPED_JSON json_t *object = json_object();
	json_t *more = json_array();
	uint32_t uid, gid;

	json_object_set_new(object, "additionalGids", more);
	if (entry_id(&entry->uid, input->manifest, &uid, err) < 0 ||
	    entry_id(&entry->gid, input->manifest, &gid, err) < 0)
		return -1;
	for (size_t i = 0; i < entry->additional_gids.count; i++) {
		uint32_t id;

		if (entry_id(&entry->additional_gids.items[i], input->manifest,
			     &id, err) < 0)
			return -1;
		json_array_append_new(more, json_integer(id));
	}
	*user = json_object();
	json_object_set_new(*user, "uid", json_integer(uid));
	json_object_set_new(*user, "gid", json_integer(gid));
	spec_set_unless_empty(*user, "additionalGids", json_incref(more));
	return 0;
}

static json_t *args_json(const struct entry *entry, const json_t *config)
{
	json_t *list;

	if (entry->command.at)
		return spec_strings(&entry->command);
	list = json_array();
	append_all(list, json_object_get(config, "Entrypoint"));
	append_all(list, json_object_get(config, "Cmd"));
	return list;
}

static json_t *env_json(const struct entry *entry, const json_t *config)
{
	json_t *list;

	if (entry->env.at)
		return spec_strings(&entry->env);
	list = json_array();
	append_all(list, json_object_get(config, "Env"));
	return list;
}

/*
 * Does it climb above the root, or is it below /proc, where there are ways out
 * such as a descriptor that the runtime holds?
 */
static bool may_leave_root(const char *cwd)
{
	SCOPED(strv) parts = { 0 };
	const char *first = "";
	size_t depth = 0;

	strv_split(&parts, cwd, '/');
	for (size_t i = 0; i < parts.count; i++) {
		const char *part = parts.items[i];

		if (!*part || strcmp(part, ".") == 0)
			continue;
		if (strcmp(part, "..") != 0) {
			first = depth++ == 0 ? part : first;
			continue;
		}
		if (depth == 0)
			return true;
		depth--;
	}
	return depth > 0 && strcmp(first, "proc") == 0;
}

static int cwd_json(json_t **cwd, const struct entry *entry,
		    const json_t *config, struct err *err)
{
	const char *image = json_text(config, "WorkingDir");
	const char *text = val_text(&entry->cwd, image && *image ? image : "/");

	if (may_leave_root(text) && text != image)
		return yml_fail(
			entry->cwd.at, err,
			"the working directory '%s' may lead out of the container",
			text);
	if (may_leave_root(text))
		return err_set(
			err, FAULT_INPUT,
			"image %s: its working directory '%s' may lead out of the container",
			val_text(&entry->image, "?"), text);
	*cwd = json_string(text);
	return 0;
}

static int add_limits(json_t *process, const struct entry *entry,
		      struct err *err)
{
	json_t *capabilities, *rlimits;

	if (spec_capabilities(&capabilities, entry, err) < 0)
		return -1;
	json_object_set_new(process, "capabilities", capabilities);
	if (spec_rlimits(&rlimits, &entry->rlimits, err) < 0)
		return -1;
	if (rlimits)
		json_object_set_new(process, "rlimits", rlimits);
	if (entry->no_new_privileges.value)
		json_object_set_new(process, "noNewPrivileges", json_true());
	spec_set_text(process, "apparmorProfile", &entry->apparmor);
	spec_set_int(process, "oomScoreAdj", &entry->oom_score_adj);
	spec_selinux_label(process, &entry->selinux);
	return 0;
}

static int process_json(json_t *root, const struct spec_input *input,
			struct err *err)
{
	const json_t *config = json_object_get(input->image, "config");
	json_t *process = json_object();
	json_t *user, *cwd = NULL;

	json_object_set_new(root, "process", process);
	if (user_json(&user, input, err) < 0)
		return -1;
	json_object_set_new(process, "user", user);
	spec_set_unless_empty(process, "args", args_json(input->entry, config));
	spec_set_unless_empty(process, "env", env_json(input->entry, config));
	if (cwd_json(&cwd, input->entry, config, err) < 0)
		return -1;
	json_object_set_new(process, "cwd", cwd);
	return add_limits(process, input->entry, err);
}

static int linux_json(json_t *root, const struct spec_input *input,
		      struct err *err)
{
	const struct entry *entry = input->entry;
	const json_t *capabilities = json_object_get(
		json_object_get(root, "process"), "capabilities");
	json_t *object = json_object();
	json_t *devices, *resources, *seccomp;

	json_object_set_new(root, "linux", object);
	spec_set_unless_empty(object, "uidMappings",
			      spec_id_mappings(&entry->uid_mappings));
	spec_set_unless_empty(object, "gidMappings",
			      spec_id_mappings(&entry->gid_mappings));
	spec_set_map(object, "sysctl", &entry->sysctl);
	if (spec_devices(&devices, &resources, entry, err) < 0)
		return -1;
	json_object_set_new(object, "resources", resources);
	spec_set_text(object, "cgroupsPath", &entry->cgroups_path);
	json_object_set_new(object, "namespaces", spec_namespaces(entry));
	if (devices)
		json_object_set_new(object, "devices", devices);
	if (spec_seccomp(&seccomp, input, capabilities, err) < 0)
		return -1;
	if (seccomp)
		json_object_set_new(object, "seccomp", seccomp);
	spec_set_text(object, "rootfsPropagation", &entry->rootfs_propagation);
	spec_set_strings(object, "maskedPaths", &entry->masked_paths);
	spec_set_strings(object, "readonlyPaths", &entry->readonly_paths);
	spec_mount_label(object, &entry->selinux);
	return 0;
}

int runtime_spec_write(struct buf *text, const struct spec_input *input,
		       struct err *err)
{
	const struct entry *entry = input->entry;
	SCOPED_JSON json_t *root = json_object();
	json_t *path = json_object();
	json_t *mounts;

	json_object_set_new(root, "ociVersion", json_string(OCI_VERSION));
	if (process_json(root, input, err) < 0) {
		json_decref(path);
		return -1;
	}
	json_object_set_new(path, "path", json_string("rootfs"));
	if (entry->readonly.value)
		json_object_set_new(path, "readonly", json_true());
	json_object_set_new(root, "root", path);
	spec_set_text(root, "hostname", &entry->hostname);
	if (spec_mounts(&mounts, input, err) < 0)
		return -1;
	json_object_set_new(root, "mounts", mounts);
	spec_set_map(root, "annotations", &entry->annotations);
	if (linux_json(root, input, err) < 0)
		return -1;
	json_write(text, root);
	return 0;
}
