/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mounts of a container. Its own files may hold links that point anywhere,
 * so no place inside is ever looked up from outside: openat2 resolves it below
 * the root, and mounts go on the descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"
#include "pkg/init/service/inroot.h"
#include "pkg/init/service/mountopt.h"
#include "pkg/init/service/plain.h"

static int bind_on(const char *source, const char *where,
		   const struct mount_plan *plan)
{
	if (mount(source, where, NULL, plan->bind, NULL) < 0)
		return -1;
	return 0;
}

/* After a mount on it, the old descriptor still is what lies below. */
static int finish(int root, const struct runtime_mount *m,
		  const struct mount_plan *plan, struct err *err)
{
	char where[INROOT_PATH_BYTES];
	SCOPED_FD fd = inroot_open(root, m->destination);

	inroot_path(where, fd);
	if (plan->bind && plan->flags &&
	    mount(NULL, where, NULL, MS_REMOUNT | MS_BIND | plan->flags, NULL) <
		    0)
		return err_sys(err, "mount %s", m->destination);
	if (plan->propagation &&
	    mount(NULL, where, NULL, plan->propagation, NULL) < 0)
		return err_sys(err, "mount %s", m->destination);
	return 0;
}

static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

static int do_mount(int root, const struct runtime_mount *m, const char *source,
		    struct err *err)
{
	struct mount_plan plan;
	char where[INROOT_PATH_BYTES];
	bool cgroup = strncmp(m->type, "cgroup", 6) == 0;

	mount_plan_init(&plan);
	for (size_t i = 0; i < m->options.count; i++)
		if (!mount_plan_add(&plan, m->options.item[i]))
			return err_set(err, "options too long");
	if (strcmp(m->type, "bind") == 0 || cgroup)
		plan.bind |= MS_BIND;
	SCOPED_FD fd = inroot_make(root, m->destination,
				   plan.bind && is_file(source), err);
	if (fd < 0)
		return -1;
	inroot_path(where, fd);
	/* /dev is filled before it becomes read-only. */
	bool later = strcmp(m->destination, "/dev") == 0 && !plan.bind;
	int done =
		plan.bind ? bind_on(source, where, &plan)
			  : mount(m->source, where, m->type,
				  later ? plan.flags & ~(unsigned long)MS_RDONLY
					: plan.flags,
				  plan.data);
	if (done < 0)
		return err_sys(err, "mount %s", m->destination);
	return finish(root, m, &plan, err);
}

static const struct {
	const char *name;
	unsigned minor;
	unsigned major;
} nodes[] = {
	{ "null", 3, 1 }, { "zero", 5, 1 },   { "full", 7, 1 },
	{ "tty", 0, 5 },  { "random", 8, 1 }, { "urandom", 9, 1 },
};

static const char *const links[][2] = {
	{ "/proc/self/fd", "fd" },       { "/proc/self/fd/0", "stdin" },
	{ "/proc/self/fd/1", "stdout" }, { "/proc/self/fd/2", "stderr" },
	{ "pts/ptmx", "ptmx" },
};

static int fill_dev(int root, struct err *err)
{
	SCOPED_FD dev = inroot_open(root, "/dev");

	for (size_t i = 0; i < ARRAY_LEN(nodes); i++)
		if (mknodat(dev, nodes[i].name, S_IFCHR | 0666,
			    makedev(nodes[i].major, nodes[i].minor)) < 0 ||
		    fchmodat(dev, nodes[i].name, 0666, 0) < 0)
			return err_sys(err, "make /dev/%s", nodes[i].name);
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		if (symlinkat(links[i][0], dev, links[i][1]) < 0)
			return err_sys(err, "make /dev/%s", links[i][1]);
	return 0;
}

static const struct runtime_mount *own_dev(const struct plain *plain)
{
	for (size_t i = 0; i < plain->mount_count; i++)
		if (strcmp(plain->mounts[i].destination, "/dev") == 0 &&
		    strcmp(plain->mounts[i].type, "tmpfs") == 0)
			return &plain->mounts[i];
	return NULL;
}

static int remount_readonly(const char *where, unsigned long more)
{
	return mount(NULL, where, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | more,
		     NULL);
}

static int close_dev(int root, const struct plain *plain, struct err *err)
{
	const struct runtime_mount *dev = own_dev(plain);
	char where[INROOT_PATH_BYTES];
	SCOPED_FD fd = inroot_open(root, "/dev");
	bool closed = false;

	for (size_t i = 0; dev && i < dev->options.count; i++)
		closed |= strcmp(dev->options.item[i], "ro") == 0;
	inroot_path(where, fd);
	if (closed && remount_readonly(where, MS_NOSUID) < 0)
		return err_sys(err, "make /dev read-only");
	return 0;
}

/* What is not there needs no mask. */
static int mask(int root, const char *path, struct err *err)
{
	char where[INROOT_PATH_BYTES];
	struct stat st;
	SCOPED_FD fd = inroot_open(root, path);

	if (fd < 0 || fstat(fd, &st) < 0)
		return 0;
	inroot_path(where, fd);
	int done = S_ISDIR(st.st_mode)
			   ? mount("tmpfs", where, "tmpfs", MS_RDONLY, "size=0")
			   : mount("/dev/null", where, NULL, MS_BIND, NULL);

	return done < 0 ? err_sys(err, "mask %s", path) : 0;
}

static int set_readonly(int root, const char *path, struct err *err)
{
	char where[INROOT_PATH_BYTES];
	SCOPED_FD fd = inroot_open(root, path);

	if (fd < 0)
		return 0;
	inroot_path(where, fd);
	if (mount(where, where, NULL, MS_BIND | MS_REC, NULL) < 0)
		return err_sys(err, "bind %s", path);
	SCOPED_FD again = inroot_open(root, path);

	inroot_path(where, again);
	if (remount_readonly(where, MS_NOSUID | MS_NODEV | MS_NOEXEC) < 0)
		return err_sys(err, "make %s read-only", path);
	return 0;
}

static int mount_listed(const struct plain *plain, int root, const char *group,
			struct err *err)
{
	const struct runtime_mount *dev = own_dev(plain);

	for (size_t i = 0; i < plain->mount_count; i++) {
		const struct runtime_mount *m = &plain->mounts[i];
		bool cgroup = strncmp(m->type, "cgroup", 6) == 0;

		if (do_mount(root, m, cgroup ? group : m->source, err) < 0)
			return -1;
		if (m == dev && fill_dev(root, err) < 0)
			return -1;
	}
	return 0;
}

static int mount_all(const struct plain *plain, int root, const char *group,
		     struct err *err)
{
	if (mount_listed(plain, root, group, err) < 0)
		return -1;
	for (size_t i = 0; i < plain->masked.count; i++)
		if (mask(root, plain->masked.item[i], err) < 0)
			return -1;
	for (size_t i = 0; i < plain->readonly_paths.count; i++)
		if (set_readonly(root, plain->readonly_paths.item[i], err) < 0)
			return -1;
	return close_dev(root, plain, err);
}

static int propagation_of(const struct plain *plain, unsigned long *flags,
			  struct err *err)
{
	struct mount_plan plan;

	mount_plan_init(&plan);
	*flags = MS_SLAVE | MS_REC;
	if (!plain->propagation[0])
		return 0;
	if (!mount_plan_add(&plan, plain->propagation) || !plan.propagation)
		return err_set(err, "rootfsPropagation '%s' is unknown",
			       plain->propagation);
	*flags = plan.propagation;
	return 0;
}

/*
 * The mount in which the root lies must not be shared: what is mounted on it
 * would be so outside, too, and the kernel would not let it become the root.
 */
static int part_from(const char *root, struct err *err)
{
	char path[PATH_BYTES];

	if (fs_path(path, err, "%s", root) < 0)
		return -1;
	while (mount(NULL, path, NULL, MS_PRIVATE, NULL) < 0) {
		char *slash = strrchr(path, '/');

		/* EINVAL: a folder like others; that above may be a mount. */
		if (errno != EINVAL || !slash || !path[1])
			return err_sys(err, "part %s", root);
		slash[slash == path] = '\0';
	}
	return 0;
}

/* Unless all mounts were changed. */
static bool may_be_shared(unsigned long propagation)
{
	return !(propagation & MS_REC) || (propagation & MS_SHARED);
}

int plain_enter_root(const struct plain *plain, const char *root,
		     const char *group, struct err *err)
{
	unsigned long propagation;

	if (propagation_of(plain, &propagation, err) < 0)
		return -1;
	if (mount(NULL, "/", NULL, propagation, NULL) < 0)
		return err_sys(err, "set the propagation of mounts");
	if (may_be_shared(propagation) && part_from(root, err) < 0)
		return -1;
	if (mount(root, root, NULL, MS_BIND | MS_REC, NULL) < 0)
		return err_sys(err, "bind %s", root);
	SCOPED_FD fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(err, "open %s", root);
	if (mount_all(plain, fd, group, err) < 0)
		return -1;
	if (plain->readonly && remount_readonly(root, 0) < 0)
		return err_sys(err, "make the root read-only");
	SCOPED_FD old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	/* The old root ends up over the new one; its end is ours alone. */
	if (fchdir(fd) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    fchdir(old) < 0 ||
	    mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL) < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return err_sys(err, "enter the root");
	return 0;
}
