/* SPDX-License-Identifier: Apache-2.0 */
/* runtime.json of a bundle: what to do around its container. */
#include "pkg/init/service/runtime.h"

#include <jansson.h>
#include <stdlib.h>

#include "pkg/init/service/fs.h"

#define FILE_MAX (1 << 20)

const char *const runtime_ns_name[NS_COUNT] = {
	[NS_CGROUP] = "cgroup", [NS_IPC] = "ipc", [NS_MNT] = "mnt",
	[NS_NET] = "net",       [NS_PID] = "pid", [NS_USER] = "user",
	[NS_UTS] = "uts",
};

int runtime_mount_decode(const json_t *object, struct runtime_mount *mount,
			 struct err *err)
{
	if (!json_is_object(object))
		return err_set(err, "not an object");
	if (json_get_text(object, "destination", &mount->destination, err) <
		    0 ||
	    json_get_text(object, "type", &mount->type, err) < 0 ||
	    json_get_text(object, "source", &mount->source, err) < 0)
		return -1;
	if (!mount->destination[0])
		return err_set(err, "no destination");
	return json_get_list(object, "options", &mount->options, err);
}

static int get_mounts(struct runtime *runtime, struct err *err)
{
	const json_t *array;

	if (json_get_array(runtime->json, "mounts", &array, err) < 0)
		return -1;
	size_t count = json_array_size(array);

	runtime->mounts = fs_alloc(count, sizeof(*runtime->mounts));
	for (size_t i = 0; i < count; i++) {
		/* Counted first, so that its list is released on failure. */
		struct runtime_mount *mount =
			&runtime->mounts[runtime->mount_count++];

		if (runtime_mount_decode(json_array_get(array, i), mount, err) <
		    0)
			return err_wrap(err, "mounts[%zu]", i);
	}
	return 0;
}

static int get_interface(const json_t *object, struct runtime_interface *it,
			 struct err *err)
{
	if (!json_is_object(object))
		return err_set(err, "not an object");
	if (json_get_text(object, "name", &it->name, err) < 0 ||
	    json_get_text(object, "add", &it->add, err) < 0 ||
	    json_get_text(object, "peer", &it->peer, err) < 0)
		return -1;
	it->create_in_root =
		json_is_true(json_object_get(object, "createInRoot"));
	if (!it->name[0])
		return err_set(err, "no name");
	if (it->peer[0] && !it->add[0])
		it->add = "veth";
	return 0;
}

static int get_interfaces(struct runtime *runtime, struct err *err)
{
	const json_t *array;

	if (json_get_array(runtime->json, "interfaces", &array, err) < 0)
		return -1;
	size_t count = json_array_size(array);

	runtime->interfaces = fs_alloc(count, sizeof(*runtime->interfaces));
	for (size_t i = 0; i < count; i++)
		if (get_interface(json_array_get(array, i),
				  &runtime->interfaces[i], err) < 0)
			return err_wrap(err, "interfaces[%zu]", i);
	runtime->interface_count = count;
	return 0;
}

static int get_bind_ns(struct runtime *runtime, struct err *err)
{
	const json_t *object = json_object_get(runtime->json, "bindNS");

	for (size_t i = 0; i < NS_COUNT; i++)
		if (json_get_text(object, runtime_ns_name[i],
				  &runtime->bind_ns[i], err) < 0)
			return err_wrap(err, "bindNS");
	return 0;
}

static int get_policy(struct runtime *runtime, struct err *err)
{
	const json_t *object = json_object_get(runtime->json, "kitbuild");

	if (policy_decode(&runtime->policy, object, err) < 0)
		return err_wrap(err, "kitbuild");
	return 0;
}

int runtime_decode(struct runtime *runtime, const char *text, struct err *err)
{
	json_error_t json_err;

	*runtime = (struct runtime){ 0 };
	runtime->json = json_loads(text, JSON_REJECT_DUPLICATES, &json_err);
	if (!runtime->json)
		return err_set(err, "line %d: %s", json_err.line,
			       json_err.text);
	if (!json_is_object(runtime->json)) {
		runtime_release(runtime);
		return err_set(err, "not an object");
	}
	if (get_mounts(runtime, err) < 0 || get_interfaces(runtime, err) < 0 ||
	    json_get_list(runtime->json, "mkdir", &runtime->mkdir, err) < 0 ||
	    json_get_list(runtime->json, "cgroups", &runtime->cgroups, err) <
		    0 ||
	    json_get_text(runtime->json, "namespace", &runtime->namespace_name,
			  err) < 0 ||
	    get_bind_ns(runtime, err) < 0 || get_policy(runtime, err) < 0) {
		runtime_release(runtime);
		return -1;
	}
	return 0;
}

int runtime_read(struct runtime *runtime, const char *bundle, struct err *err)
{
	SCOPED_FREE char *text = NULL;
	char path[PATH_BYTES];

	*runtime = (struct runtime){ 0 };
	if (fs_path(path, err, "%s/runtime.json", bundle) < 0 ||
	    fs_read(path, FILE_MAX, &text, err) < 0)
		return -1;
	if (runtime_decode(runtime, text ? text : "{}", err) < 0)
		return err_wrap(err, "runtime.json");
	return 0;
}

void runtime_release(struct runtime *runtime)
{
	for (size_t i = 0; i < runtime->mount_count; i++)
		json_list_release(&runtime->mounts[i].options);
	free(runtime->mounts);
	free(runtime->interfaces);
	json_list_release(&runtime->mkdir);
	json_list_release(&runtime->cgroups);
	policy_release(&runtime->policy);
	json_decref(runtime->json);
	*runtime = (struct runtime){ 0 };
}

bool runtime_needs_process(const struct runtime *runtime)
{
	for (size_t i = 0; i < NS_COUNT; i++)
		if (runtime->bind_ns[i] && runtime->bind_ns[i][0])
			return true;
	return runtime->interface_count > 0;
}
