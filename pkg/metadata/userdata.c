/* SPDX-License-Identifier: Apache-2.0 */
#include "pkg/metadata/userdata.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_BYTES_MAX 250 /* NAME_MAX less the end of a temporary name */
#define PATH_BYTES 512
#define PERM_MAX 0777

/* ---- reading ---- */

struct check {
	struct reason *reason;
	size_t entries;
	char path[PATH_BYTES]; /* of the entry at hand, for its reason */
};

static bool name_is_fine(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > NAME_BYTES_MAX || strchr(name, '/') ||
	    strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (; *name; name++)
		if ((unsigned char)*name < ' ' || *name == 0x7f)
			return false;
	return true;
}

/* Octal text, as LinuxKit takes it; no bits that give rights to the program. */
static int perm_of(const json_t *entry, unsigned otherwise, unsigned *perm)
{
	const json_t *value = json_object_get(entry, "perm");
	const char *text = json_string_value(value);
	unsigned found = 0;

	*perm = otherwise;
	if (!value)
		return 0;
	if (!text || !text[0] || strlen(text) > 6)
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '7')
			return -1;
		found = found * 8 + (unsigned)(*text - '0');
	}
	*perm = found;
	return found > PERM_MAX ? -1 : 0;
}

static int check_entries(struct check *check, json_t *entries, unsigned depth);

static int check_entry(struct check *check, const json_t *entry, unsigned depth)
{
	const json_t *content = json_object_get(entry, "content");
	json_t *entries = json_object_get(entry, "entries");
	unsigned perm;

	if (!json_is_object(entry))
		return reason_set(check->reason, "'%s' is not an object",
				  check->path);
	if (!content == !entries)
		return reason_set(check->reason,
				  "'%s' needs either content or entries",
				  check->path);
	if (content && !json_is_string(content))
		return reason_set(check->reason, "content of '%s' is not text",
				  check->path);
	if (entries && !json_is_object(entries))
		return reason_set(check->reason,
				  "entries of '%s' are not an object",
				  check->path);
	if (perm_of(entry, 0, &perm) < 0)
		return reason_set(check->reason,
				  "perm of '%s' is not octal text up to 0777",
				  check->path);
	return entries ? check_entries(check, entries, depth + 1) : 0;
}

static int check_entries(struct check *check, json_t *entries, unsigned depth)
{
	size_t above = strlen(check->path);
	const char *name;
	json_t *entry;

	if (depth > USERDATA_DEPTH_MAX)
		return reason_set(check->reason,
				  "'%.80s...' is more than %d folders deep",
				  check->path, USERDATA_DEPTH_MAX);
	json_object_foreach(entries, name, entry)
	{
		if (++check->entries > USERDATA_ENTRIES_MAX)
			return reason_set(check->reason, "more than %d entries",
					  USERDATA_ENTRIES_MAX);
		int len = snprintf(check->path + above, PATH_BYTES - above,
				   "%s%s", above ? "/" : "", name);

		if (!name_is_fine(name))
			return reason_set(
				check->reason,
				"'%s' does not end in a name of a file",
				check->path);
		if ((size_t)len >= PATH_BYTES - above)
			return reason_set(check->reason,
					  "'%.80s...' is too long",
					  check->path);
		if (check_entry(check, entry, depth) < 0)
			return -1;
		check->path[above] = '\0';
	}
	return 0;
}

static bool looks_like_json(const char *text, size_t size)
{
	size_t i = 0;

	while (i < size && strchr(" \t\r\n", text[i]) && text[i])
		i++;
	return i < size && text[i] == '{';
}

enum userdata userdata_read(const char *text, size_t size, json_t **tree,
			    struct reason *reason)
{
	struct check check = { .reason = reason };
	json_error_t error;

	*tree = NULL;
	if (!looks_like_json(text, size))
		return USERDATA_TEXT;
	*tree = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	if (!*tree)
		(void)reason_set(reason, "line %d, column %d: %s", error.line,
				 error.column, error.text);
	else if (check_entries(&check, *tree, 1) == 0)
		return USERDATA_TREE;
	json_decref(*tree);
	*tree = NULL;
	return USERDATA_BAD;
}

/* ---- writing ---- */

static int write_all(int fd, const char *text, size_t size)
{
	while (size > 0) {
		ssize_t done = write(fd, text, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		text += done;
		size -= (size_t)done;
	}
	return 0;
}

int userdata_write_file(int folder, const char *name, const char *text,
			size_t size, unsigned mode, struct reason *reason)
{
	char aside[NAME_BYTES_MAX + 8];

	(void)snprintf(aside, sizeof(aside), "%s.new", name);
	(void)unlinkat(folder, aside, 0);
	int fd = openat(folder, aside,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			0600);
	if (fd < 0)
		return reason_sys(reason, "make %s", name);
	/* Not by open's mode, which the umask changes. */
	int done = write_all(fd, text, size) < 0 || fchmod(fd, mode) < 0;

	if (close(fd) < 0 || done ||
	    renameat(folder, aside, folder, name) < 0) {
		(void)reason_sys(reason, "write %s", name);
		(void)unlinkat(folder, aside, 0);
		return -1;
	}
	return 0;
}

static int write_folder(const json_t *entry, int folder, const char *name,
			struct reason *reason)
{
	unsigned mode;

	(void)perm_of(entry, 0755, &mode);
	if (mkdirat(folder, name, 0700) < 0 && errno != EEXIST)
		return reason_sys(reason, "make folder %s", name);
	int fd = openat(folder, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return reason_sys(reason, "open folder %s", name);
	int result =
		userdata_write(json_object_get(entry, "entries"), fd, reason);

	if (result == 0 && fchmod(fd, mode) < 0)
		result = reason_sys(reason, "make folder %s", name);
	(void)close(fd);
	return result;
}

int userdata_write(json_t *tree, int folder, struct reason *reason)
{
	const char *name;
	json_t *entry;

	json_object_foreach(tree, name, entry)
	{
		const json_t *content = json_object_get(entry, "content");
		unsigned mode;
		int result;

		(void)perm_of(entry, 0644, &mode);
		result = content ? userdata_write_file(
					   folder, name,
					   json_string_value(content),
					   json_string_length(content), mode,
					   reason)
				 : write_folder(entry, folder, name, reason);
		if (result < 0)
			return -1;
	}
	return 0;
}
