/* SPDX-License-Identifier: Apache-2.0 */
/* Paths resolved by openat2(2), RESOLVE_IN_ROOT. */
#include "pkg/init/service/inroot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"

void inroot_path(char path[INROOT_PATH_BYTES], int fd)
{
	(void)snprintf(path, INROOT_PATH_BYTES, "/proc/self/fd/%d", fd);
}

int inroot_open(int root, const char *path)
{
	const struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				      .resolve = RESOLVE_IN_ROOT };

	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

/* Makes the last part of a path whose folder is there. */
static int make_last(int root, const char *path, bool file, struct err *err)
{
	char above[PATH_BYTES] = "/";
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	if (slash && slash != path &&
	    fs_path(above, err, "%.*s", (int)(slash - path), path) < 0)
		return -1;
	SCOPED_FD folder = inroot_open(root, above);
	int made = file ? mknodat(folder, name, S_IFREG | 0644, 0)
			: mkdirat(folder, name, 0755);

	if (made < 0 && errno != EEXIST)
		return err_sys(err, "make %s in the container", path);
	return 0;
}

/* Makes what of the path is missing: folders, and maybe a file at its end. */
static int make_in(int root, const char *path, bool file, struct err *err)
{
	char part[PATH_BYTES];

	if (!path[0] || fs_path(part, err, "%s", path) < 0)
		return err_set(err, "%s: path empty or too long", path);
	for (size_t i = 1; i <= strlen(path); i++) {
		if ((path[i] != '/' && path[i] != '\0') || path[i - 1] == '/')
			continue;
		part[i] = '\0';
		SCOPED_FD there = inroot_open(root, part);

		if (there < 0 &&
		    make_last(root, part, file && !path[i], err) < 0)
			return -1;
		part[i] = path[i];
	}
	return 0;
}

int inroot_make(int root, const char *path, bool file, struct err *err)
{
	if (make_in(root, path, file, err) < 0)
		return -1;
	int fd = inroot_open(root, path);

	return fd < 0 ? err_sys(err, "%s in the container", path) : fd;
}
