/* SPDX-License-Identifier: Apache-2.0 */
/* Path names on the host. */
#include "cmd/lib/base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"

#undef readdir /* path_list sorts what it reads */

static void scope_closedir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

char *path_join(const char *directory, const char *name)
{
	if (*name == '/' || *directory == '\0')
		return xstrdup(name);
	return xasprintf("%s/%s", directory, name);
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *path_directory(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	if (slash == path)
		return xstrdup("/");
	return xstrndup(path, (size_t)(slash - path));
}

bool path_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

int path_make_directories(const char *path, struct err *err)
{
	SCOPED_FREE char *part = xstrdup(path);

	for (char *p = part + 1;; p++) {
		char kept = *p;

		if (kept != '/' && kept != '\0')
			continue;
		*p = '\0';
		if (mkdir(part, 0777) < 0 && errno != EEXIST)
			return err_sys(err, "make directory %s", part);
		if (kept == '\0')
			return 0;
		*p = kept;
	}
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int path_remove_tree(const char *path, struct err *err)
{
	if (nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS) < 0 &&
	    errno != ENOENT)
		return err_sys(err, "remove %s", path);
	return 0;
}

int temporary_make(struct temporary *temporary, struct err *err)
{
	const char *tmp = getenv("TMPDIR");

	temporary->path =
		path_join(tmp && *tmp ? tmp : "/var/tmp", "kitbuild-XXXXXX");
	if (mkdtemp(temporary->path))
		return 0;
	err_sys(err, "make directory %s", temporary->path);
	free(TAKE(temporary->path));
	return -1;
}

void temporary_release(struct temporary *temporary)
{
	SCOPED(err) err = { 0 };

	if (temporary->path && path_remove_tree(temporary->path, &err) < 0)
		log_warn("%s", err.msg);
	free(TAKE(temporary->path));
}

int path_list(struct strv *names, const char *path, struct err *err)
{
	__attribute__((cleanup(scope_closedir))) DIR *directory = opendir(path);

	if (!directory)
		return err_sys(err, "open directory %s", path);
	for (;;) {
		struct dirent *entry;

		errno = 0;
		entry = readdir(directory);
		if (!entry && errno)
			return err_sys(err, "read directory %s", path);
		if (!entry)
			break;
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			strv_add(names, entry->d_name);
	}
	strv_sort(names);
	return 0;
}

static int write_and_rename(int fd, const char *temporary, const char *path,
			    const void *data, size_t size, struct err *err)
{
	if (fd_write_all(fd, data, size, path, err) < 0)
		return -1;
	if (fchmod(fd, 0644) < 0 || fsync(fd) < 0)
		return err_sys(err, "write %s", path);
	if (rename(temporary, path) < 0)
		return err_sys(err, "rename to %s", path);
	return 0;
}

int path_write_file(const char *path, const void *data, size_t size,
		    struct err *err)
{
	SCOPED_FREE char *temporary = xasprintf("%s.XXXXXX", path);
	SCOPED_FD int fd = mkstemp(temporary);

	if (fd < 0)
		return err_sys(err, "make %s", temporary);
	if (write_and_rename(fd, temporary, path, data, size, err) < 0) {
		unlink(temporary);
		return -1;
	}
	return 0;
}

bool path_matches(const char *pattern, const char *path)
{
	return fnmatch(pattern, path, 0) == 0;
}
