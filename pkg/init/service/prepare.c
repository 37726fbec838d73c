/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying out runtime.json. */
#include "pkg/init/service/prepare.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"
#include "pkg/init/service/inroot.h"
#include "pkg/init/service/mounted.h"
#include "pkg/init/service/mountopt.h"
#include "pkg/init/service/netif.h"

#define CGROUPS "/sys/fs/cgroup"

/* linux/magic.h: NSFS_MAGIC. */
#define NSFS 0x6e736673

/* What a path of runtime.json stands for. */
struct target {
	const char *name;
	int root; /* of the container, or -1: the path is the machine's */
	int fd;   /* the place in the root */
	char path[PATH_BYTES];
};

static void target_close(const struct target *target)
{
	fs_close(&target->fd);
	fs_close(&target->root);
}

#define SCOPED_TARGET __attribute__((cleanup(target_close))) struct target

/* Makes the folder. A relative path is the container's, whatever its links say.
 */
static int target_make(struct target *target, const char *bundle,
		       const char *name, struct err *err)
{
	*target = (struct target){ .name = name, .root = -1, .fd = -1 };
	if (name[0] == '/')
		return fs_path(target->path, err, "%s", name) < 0
			       ? -1
			       : fs_mkdir(name, err);
	if (fs_path(target->path, err, "%s/rootfs", bundle) < 0)
		return -1;
	target->root = open(target->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (target->root < 0)
		return err_sys(err, "open %s", target->path);
	target->fd = inroot_make(target->root, name, false, err);
	inroot_path(target->path, target->fd);
	return target->fd < 0 ? -1 : 0;
}

/* The descriptor still is what lies below a new mount: takes the mount. */
static void target_again(struct target *target)
{
	if (target->root < 0)
		return;
	fs_close(&target->fd);
	target->fd = inroot_open(target->root, target->name);
	inroot_path(target->path, target->fd);
}

/* overlay refuses to make the folders that its options name. */
static int make_option_folder(const char *option, struct err *err)
{
	static const char *const keys[] = { "upperdir=", "workdir=" };

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		size_t len = strlen(keys[i]);

		if (strncmp(option, keys[i], len) == 0)
			return fs_mkdir(option + len, err);
	}
	return 0;
}

static int plan_options(struct mount_plan *plan,
			const struct json_list *options, struct err *err)
{
	mount_plan_init(plan);
	for (size_t i = 0; i < options->count; i++) {
		const char *option = options->item[i];

		if (make_option_folder(option, err) < 0)
			return -1;
		if (!mount_plan_add(plan, option))
			return err_set(err, "options too long");
	}
	return 0;
}

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static int remount_step(const char *where, const struct mount_plan *plan)
{
	unsigned long flags = MS_REMOUNT | plan->flags | (plan->bind & MS_BIND);

	if (plan->propagation && !plan->flags && !plan->data[0])
		return 0;
	return mount(NULL, where, NULL, flags, plan->data);
}

static int bind_steps(const struct runtime_mount *m, struct target *target,
		      const struct mount_plan *plan)
{
	if (mount(m->source, target->path, NULL, plan->bind, NULL) < 0)
		return -1;
	target_again(target);
	if (!plan->flags)
		return 0;
	return mount(NULL, target->path, NULL,
		     MS_REMOUNT | MS_BIND | plan->flags, NULL);
}

/* The kernel takes one step a call: bind, remount and propagation are three. */
static int mount_steps(const struct runtime_mount *m, struct target *target,
		       const struct mount_plan *plan)
{
	int result = 0;

	if (plan->remount) {
		result = remount_step(target->path, plan);
	} else if (plan->bind) {
		result = bind_steps(m, target, plan);
	} else if (m->type[0] || !plan->propagation) {
		result = mount(or_null(m->source), target->path,
			       or_null(m->type), plan->flags, plan->data);
		target_again(target);
	}
	if (result == 0 && plan->propagation)
		result = mount(NULL, target->path, NULL, plan->propagation,
			       NULL);
	return result;
}

/*
 * A step that mounts nothing new leaves nothing to be unmounted, and what lies
 * in the bundle goes with its root.
 */
static bool outlives(const struct prepare *prepare,
		     const struct runtime_mount *m,
		     const struct mount_plan *plan)
{
	size_t len = strlen(prepare->bundle);
	bool fresh = !plan->remount &&
		     (plan->bind || m->type[0] || !plan->propagation);
	bool inside = strncmp(m->destination, prepare->bundle, len) == 0 &&
		      m->destination[len] == '/';

	return fresh && !inside && m->destination[0] == '/';
}

/* What nobody would know of goes at once. */
static int write_down(const struct prepare *prepare, const char *path,
		      struct err *err)
{
	if (mounted_add(prepare->record, path, err) == 0)
		return 0;
	(void)umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
	return -1;
}

static int do_mount(const struct prepare *prepare,
		    const struct runtime_mount *m, struct err *err)
{
	struct mount_plan plan;
	SCOPED_TARGET target;

	if (target_make(&target, prepare->bundle, m->destination, err) < 0 ||
	    plan_options(&plan, &m->options, err) < 0)
		return err_wrap(err, "mount %s", m->destination);
	if (mount_steps(m, &target, &plan) < 0)
		return err_sys(err, "mount %s", m->destination);
	return outlives(prepare, m, &plan)
		       ? write_down(prepare, m->destination, err)
		       : 0;
}

/* Groups are conveniences: a failure is told but stops nothing. */
static void make_cgroup(const char *name)
{
	SCOPED_NAMES tops = { 0 };
	char path[PATH_BYTES];
	struct err err;

	if (fs_exists(CGROUPS "/cgroup.controllers")) {
		if (fs_path(path, &err, CGROUPS "/%s", name) < 0 ||
		    fs_mkdir(path, &err) < 0)
			say("control group %s: %s", name, err.msg);
		return;
	}
	if (fs_folders(CGROUPS, &tops, &err) < 0)
		say("control group %s: %s", name, err.msg);
	for (size_t i = 0; i < tops.count; i++)
		if (fs_path(path, &err, CGROUPS "/%s/%s", tops.name[i], name) <
			    0 ||
		    fs_mkdir(path, &err) < 0)
			say("control group %s: %s", name, err.msg);
}

static int make_folder(const char *name, const char *bundle, struct err *err)
{
	SCOPED_TARGET target;

	return target_make(&target, bundle, name, err) < 0
		       ? err_wrap(err, "mkdir %s", name)
		       : 0;
}

int prepare_files(const struct prepare *prepare, struct err *err)
{
	const struct runtime *runtime = prepare->runtime;

	for (size_t i = 0; i < runtime->mount_count; i++)
		if (do_mount(prepare, &runtime->mounts[i], err) < 0)
			return -1;
	for (size_t i = 0; i < runtime->mkdir.count; i++)
		if (make_folder(runtime->mkdir.item[i], prepare->bundle, err) <
		    0)
			return -1;
	for (size_t i = 0; i < runtime->cgroups.count; i++)
		make_cgroup(runtime->cgroups.item[i]);
	return 0;
}

/* That of an earlier start: it outlived its process, for others to join. */
static void forget_namespace(const char *target)
{
	struct statfs fs;

	while (statfs(target, &fs) == 0 && fs.f_type == NSFS &&
	       umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		;
}

static int bind_namespace(const char *name, const char *target, pid_t pid,
			  struct err *err)
{
	char source[64];

	(void)snprintf(source, sizeof(source), "/proc/%d/ns/%s", (int)pid,
		       name);
	if (fs_mkdir_parents(target, err) < 0)
		return -1;
	SCOPED_FD fd = open(target, O_RDONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		return err_sys(err, "create %s", target);
	if (mount(source, target, NULL, MS_BIND, NULL) < 0)
		return err_sys(err, "bind %s on %s", source, target);
	return 0;
}

int prepare_process(const struct prepare *prepare, pid_t pid, struct err *err)
{
	const struct runtime *runtime = prepare->runtime;

	/* First: half of a pair may live on in there, and has its name. */
	for (size_t i = 0; i < NS_COUNT; i++)
		if (runtime->bind_ns[i] && runtime->bind_ns[i][0])
			forget_namespace(runtime->bind_ns[i]);
	for (size_t i = 0; i < runtime->interface_count; i++)
		if (netif_prepare(&runtime->interfaces[i], pid, err) < 0)
			return -1;
	for (size_t i = 0; i < NS_COUNT; i++) {
		const char *target = runtime->bind_ns[i];

		if (target && target[0] &&
		    bind_namespace(runtime_ns_name[i], target, pid, err) < 0)
			return -1;
	}
	return 0;
}

void prepare_undo(const struct prepare *prepare)
{
	static const char *const parts[] = { "rootfs", "tmp" };
	char path[PATH_BYTES];
	struct err err;

	if (prepare->record)
		mounted_undo(prepare->record);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (fs_path(path, &err, "%s/%s", prepare->bundle, parts[i]) < 0)
			continue;
		/* Mounts of an earlier start may lie below. */
		while (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
			;
	}
}
