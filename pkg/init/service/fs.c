/* SPDX-License-Identifier: Apache-2.0 */
/* Files and folders. */
#include "pkg/init/service/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void fs_close(const int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	errno = saved;
}

void fs_free(void *place)
{
	free(*(void **)place);
}

static _Noreturn void out_of_memory(void)
{
	say("out of memory");
	_exit(1);
}

void *fs_alloc(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	if (!memory)
		out_of_memory();
	return memory;
}

static int read_all(int fd, char *text, size_t max, struct err *err)
{
	size_t len = 0;

	for (;;) {
		ssize_t got = read(fd, text + len, max + 1 - len);

		if (got < 0)
			return err_sys(err, "read");
		if (got == 0)
			break;
		len += (size_t)got;
		if (len > max)
			return err_set(err, "more than %zu bytes", max);
	}
	text[len] = '\0';
	return 0;
}

int fs_read(const char *path, size_t max, char **text, struct err *err)
{
	SCOPED_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	*text = NULL;
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, "open %s", path);
	if (st.st_size > (off_t)max)
		return err_set(err, "%s: more than %zu bytes", path, max);
	/* Files of /proc have size 0. */
	size_t room = st.st_size > 0 ? (size_t)st.st_size : max;

	*text = fs_alloc(1, room + 2);
	if (read_all(fd, *text, room, err) < 0) {
		free(*text);
		*text = NULL;
		return err_wrap(err, "%s", path);
	}
	return 0;
}

int fs_write(const char *path, const char *text, struct err *err)
{
	size_t len = strlen(text);
	SCOPED_FD fd =
		open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		return err_sys(err, "write %s", path);
	return 0;
}

int fs_replace(const char *path, const char *text, struct err *err)
{
	char fresh[PATH_BYTES];

	if (fs_path(fresh, err, "%s.new", path) < 0)
		return -1;
	int done = fs_write(fresh, text, err);

	if (done == 0 && rename(fresh, path) < 0)
		done = err_sys(err, "rename %s", fresh);
	if (done < 0)
		(void)unlink(fresh);
	return done;
}

int fs_overwrite(const char *path, const char *text, struct err *err)
{
	size_t len = strlen(text);
	SCOPED_FD fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || pwrite(fd, text, len, 0) != (ssize_t)len ||
	    ftruncate(fd, (off_t)len) < 0)
		return err_sys(err, "write over %s", path);
	return 0;
}

static int make(const char *path, size_t len, struct err *err)
{
	char part[PATH_BYTES];
	struct stat st;

	if (len >= sizeof(part))
		return err_set(err, "path too long");
	memcpy(part, path, len);
	part[len] = '\0';
	if (mkdir(part, 0755) == 0)
		return 0;
	int saved = errno;

	/* A read-only file system answers EROFS for what exists too. */
	if (stat(part, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	errno = saved;
	return err_sys(err, "mkdir %s", part);
}

int fs_mkdir_parents(const char *path, struct err *err)
{
	for (size_t i = 1; path[0] && path[i]; i++)
		if (path[i] == '/' && make(path, i, err) < 0)
			return -1;
	return 0;
}

int fs_mkdir(const char *path, struct err *err)
{
	if (fs_mkdir_parents(path, err) < 0)
		return -1;
	return make(path, strlen(path), err);
}

bool fs_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

void names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->name[i]);
	free(names->name);
	*names = (struct names){ 0 };
}

void names_init(struct names *names, size_t room)
{
	*names = (struct names){ .room = room };
	names->name = fs_alloc(room, sizeof(*names->name));
}

void names_add(struct names *names, const char *name)
{
	size_t size = strlen(name) + 1;

	if (names->count == names->room)
		return;
	char **place = &names->name[names->count++];

	*place = fs_alloc(1, size);
	memcpy(*place, name, size);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_folder(int dir, const char *name)
{
	struct stat st;

	return name[0] != '.' && fstatat(dir, name, &st, 0) == 0 &&
	       S_ISDIR(st.st_mode);
}

static size_t count_entries(DIR *dir)
{
	size_t count = 0;

	while (readdir(dir))
		count++;
	rewinddir(dir);
	return count;
}

int fs_folders(const char *path, struct names *names, struct err *err)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	*names = (struct names){ 0 };
	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return err_sys(err, "open %s", path);
	names_init(names, count_entries(dir));
	while ((entry = readdir(dir)))
		if (is_folder(dirfd(dir), entry->d_name))
			names_add(names, entry->d_name);
	(void)closedir(dir);
	qsort(names->name, names->count, sizeof(*names->name), compare);
	return 0;
}

int fs_path(char *path, struct err *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int len = vsnprintf(path, PATH_BYTES, fmt, args);

	va_end(args);
	if (len < 0 || len >= PATH_BYTES)
		return err_set(err, "path too long");
	return 0;
}

/* The next word of the kernel command line, from text the caller frees. */
static char *next_word(char **text, char **save)
{
	struct err err;

	if (*text)
		return strtok_r(NULL, " \n", save);
	if (fs_read("/proc/cmdline", PATH_BYTES, text, &err) < 0 || !*text)
		return NULL;
	return strtok_r(*text, " \n", save);
}

bool fs_kernel_word(const char *word)
{
	SCOPED_FREE char *text = NULL;
	char *save = NULL;
	const char *at;

	while ((at = next_word(&text, &save)))
		if (strcmp(at, word) == 0)
			return true;
	return false;
}

bool fs_kernel_value(const char *key, char *value, size_t size)
{
	SCOPED_FREE char *text = NULL;
	size_t len = strlen(key);
	char *save = NULL;
	const char *at;
	bool found = false;

	while ((at = next_word(&text, &save))) {
		if (strncmp(at, key, len) != 0 || at[len] != '=' ||
		    strlen(at + len + 1) >= size)
			continue;
		(void)snprintf(value, size, "%s", at + len + 1);
		found = true;
	}
	return found;
}

bool fs_list_has(const char *list, const char *name)
{
	size_t len = strlen(name);

	while (len > 0) {
		if (strncmp(list, name, len) == 0 &&
		    (!list[len] || list[len] == ','))
			return true;
		list = strchr(list, ',');
		if (!list)
			return false;
		list++;
	}
	return false;
}
