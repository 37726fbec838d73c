/* SPDX-License-Identifier: Apache-2.0 */
/* runtime.json: what the guest's launcher prepares around a container. */
#include "cmd/lib/build/internal.h"

static json_t *mount_json(const struct mount *mount)
{
	json_t *object = json_object();

	spec_set_text_always(object, "destination", &mount->destination);
	spec_set_text(object, "type", &mount->type);
	spec_set_text(object, "source", &mount->source);
	spec_set_strings(object, "options", &mount->options);
	spec_set_unless_empty(object, "uidMappings",
			      spec_id_mappings(&mount->uid_mappings));
	spec_set_unless_empty(object, "gidMappings",
			      spec_id_mappings(&mount->gid_mappings));
	return object;
}

static void add_readonly_root(json_t *mounts, const struct bundle *bundle)
{
	json_array_append_new(
		mounts, json_pack("{s:o, s:o, s:[s]}", "destination",
				  json_sprintf("/%s/rootfs", bundle->path),
				  "source", json_sprintf("/%s", bundle->root),
				  "options", "bind"));
}

static void add_overlay_root(json_t *mounts, const struct bundle *bundle)
{
	const char *path = bundle->path;

	json_array_append_new(mounts,
			      json_pack("{s:o, s:s, s:s}", "destination",
					json_sprintf("/%s/tmp", path), "type",
					"tmpfs", "source", "tmpfs"));
	json_array_append_new(mounts,
			      json_pack("{s:o, s:[s, s]}", "destination",
					json_sprintf("/%s/tmp", path),
					"options", "remount", "private"));
	json_array_append_new(
		mounts, json_pack("{s:o, s:s, s:s, s:[o, o, o]}", "destination",
				  json_sprintf("/%s/rootfs", path), "type",
				  "overlay", "source", "overlay", "options",
				  json_sprintf("lowerdir=/%s", bundle->root),
				  json_sprintf("upperdir=/%s/tmp/upper", path),
				  json_sprintf("workdir=/%s/tmp/work", path)));
}

static json_t *interfaces_json(const struct val_list *interfaces)
{
	const struct interface *interface = interfaces->items;
	json_t *list = json_array();

	for (size_t i = 0; i < interfaces->count; i++, interface++) {
		json_t *object = json_object();

		spec_set_text(object, "name", &interface->name);
		spec_set_text(object, "add", &interface->add);
		spec_set_text(object, "peer", &interface->peer);
		json_object_set_new(
			object, "createInRoot",
			json_boolean(interface->create_in_root.value));
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *bind_ns_json(const struct bind_ns *ns)
{
	json_t *object = json_object();

	spec_set_text_always(object, "cgroup", &ns->cgroup);
	spec_set_text_always(object, "ipc", &ns->ipc);
	spec_set_text_always(object, "mnt", &ns->mnt);
	spec_set_text_always(object, "net", &ns->net);
	spec_set_text_always(object, "pid", &ns->pid);
	spec_set_text_always(object, "user", &ns->user);
	spec_set_text_always(object, "uts", &ns->uts);
	return object;
}

int runtime_json_write(struct buf *text, const struct spec_input *input,
		       const struct bundle *bundle, struct err *err)
{
	const struct runtime *runtime = &input->entry->runtime;
	const struct mount *mount = runtime->mounts.items;
	SCOPED_JSON json_t *root = json_object();
	json_t *mounts = json_array();
	json_t *own;

	if (bundle->readonly)
		add_readonly_root(mounts, bundle);
	else
		add_overlay_root(mounts, bundle);
	for (size_t i = 0; i < runtime->mounts.count; i++)
		json_array_append_new(mounts, mount_json(&mount[i]));
	json_object_set_new(root, "cgroups", spec_strings(&runtime->cgroups));
	json_object_set_new(root, "mounts", mounts);
	json_object_set_new(root, "mkdir", spec_strings(&runtime->mkdir));
	json_object_set_new(root, "interfaces",
			    interfaces_json(&runtime->interfaces));
	json_object_set_new(root, "bindNS", bind_ns_json(&runtime->bind_ns));
	spec_set_text_always(root, "namespace", &runtime->name_space);
	if (kitbuild_json(&own, input, err) < 0)
		return -1;
	spec_set_unless_empty(root, "kitbuild", own);
	json_write(text, root);
	return 0;
}
