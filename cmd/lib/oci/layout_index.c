/* SPDX-License-Identifier: Apache-2.0 */
/* Which image of an image layout is meant. */
#include "cmd/lib/oci/source_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/internal.h"

/* Opens a name below, where no part of it is a link; -1 and errno. */
static int open_below(int folder_fd, const char *const *parts)
{
	SCOPED_FD int at = -1;

	for (size_t i = 0; parts[i]; i++) {
		int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
			    (parts[i + 1] ? O_DIRECTORY : 0);
		int next = openat(at < 0 ? folder_fd : at, parts[i], flags);

		if (next < 0)
			return -1;
		if (at >= 0)
			close(at);
		at = next;
	}
	return take_fd(&at);
}

int layout_open(const struct layout_place *place, const char *const *parts,
		int *fd, struct err *err)
{
	SCOPED_FD int found = open_below(place->folder_fd, parts);
	struct stat status;

	*fd = -1;
	if (found < 0 && errno == ENOENT)
		return 0;
	if (found < 0 && (errno == ELOOP || errno == ENOTDIR))
		return err_set(err, FAULT_INPUT,
			       "%s: %s is a link, or below one", place->path,
			       parts[0]);
	if (found < 0 || fstat(found, &status) < 0)
		return err_sys(err, "open %s in %s", parts[0], place->path);
	if (!S_ISREG(status.st_mode))
		return err_set(err, FAULT_INPUT,
			       "%s: something in %s is no regular file",
			       place->path, parts[0]);
	*fd = take_fd(&found);
	return 0;
}

static int read_from_folder(const struct layout_place *place, struct buf *text,
			    bool *found, struct err *err)
{
	static const char *const parts[] = { "index.json", NULL };
	SCOPED_FD int fd = -1;

	if (layout_open(place, parts, &fd, err) < 0)
		return -1;
	*found = fd >= 0;
	if (*found && buf_read_fd(text, fd, err) < 0)
		return err_wrap(err, "%s: index.json", place->path);
	return 0;
}

static int read_from_tar(const struct layout_place *place, struct buf *text,
			 bool *found, struct err *err)
{
	SCOPED_TAR_FILE struct tar_file *tar = NULL;
	struct tar_member member;

	if (tar_file_open(&tar, place->file_fd, place->path, err) < 0)
		return -1;
	for (;;) {
		if (tar_file_next(tar, &member, err) < 0)
			return -1;
		if (!member.path)
			return 0;
		if (strcmp(member.path, "index.json") != 0)
			continue;
		if (*found || !member.is_regular)
			return err_set(
				err, FAULT_INPUT,
				"%s: index.json is in it twice, or is a link",
				place->path);
		*found = true;
		if (tar_file_load(tar, member.path, text, err) < 0)
			return -1;
	}
}

static bool is_named(const json_t *entry, const char *image)
{
	static const char *const keys[] = { OCI_NAME_ANNOTATION,
					    OCI_CONTAINERD_ANNOTATION };
	const json_t *notes = json_object_get(entry, "annotations");

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *name = json_text(notes, keys[i]);

		if (name && strcmp(name, image) == 0)
			return true;
	}
	return false;
}

static int refuse_choice(const json_t *list, const struct layout_place *place,
			 const char *why, struct err *err)
{
	SCOPED(buf) names = { 0 };

	for (size_t i = 0; i < json_array_size(list) && names.size < 500; i++) {
		const char *name = json_text(
			json_object_get(json_array_get(list, i), "annotations"),
			OCI_NAME_ANNOTATION);

		if (name)
			buf_add_fmt(&names, "%s%.200s", names.size ? ", " : "",
				    name);
	}
	return err_set(err, FAULT_INPUT, "%s: %s; there is %s", place->path,
		       why, names.size ? buf_text(&names) : "no name in it");
}

static int choose(const json_t *list, const struct layout_place *place,
		  const char *image, struct oci_descriptor *root,
		  struct err *err)
{
	const json_t *chosen = NULL;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *entry = json_array_get(list, i);

		if (image && !is_named(entry, image))
			continue;
		if (chosen)
			return refuse_choice(
				list, place,
				image ? "two images have that name"
				      : "several images; write PATH:NAME",
				err);
		chosen = entry;
	}
	if (!chosen)
		return refuse_choice(list, place, "no such image", err);
	if (oci_descriptor_parse(root, chosen, "index.json", err) < 0)
		return err_wrap(err, "%s", place->path);
	return 0;
}

int layout_choose(const struct layout_place *place, const char *image,
		  struct oci_descriptor *root, struct err *err)
{
	SCOPED(buf) text = { .max_bytes = OCI_MANIFEST_MAX };
	SCOPED_JSON json_t *index = NULL;
	bool found = false;
	int result = place->folder_fd >= 0
			     ? read_from_folder(place, &text, &found, err)
			     : read_from_tar(place, &text, &found, err);

	if (result < 0)
		return -1;
	if (!found)
		return err_set(
			err, FAULT_INPUT,
			"%s: no OCI image layout: there is no index.json in it",
			place->path);
	if (json_parse(&index, buf_text(&text), text.size, "index.json", err) <
	    0)
		return err_wrap(err, "%s", place->path);
	return choose(json_object_get(index, "manifests"), place, image, root,
		      err);
}
