/* SPDX-License-Identifier: Apache-2.0 */
/* The content store: names, kept in index.json. */
#include "cmd/lib/oci/store.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/os.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/oci/internal.h"

/* One descriptor is some 300 bytes: room for a hundred thousand names. */
#define INDEX_MAX ((size_t)32 << 20)

static json_t *empty_index(void)
{
	return json_pack("{s:i, s:s, s:[]}", "schemaVersion", 2, "mediaType",
			 OCI_TYPE_INDEX, "manifests");
}

static int read_index(const char *path, json_t **index, struct err *err)
{
	SCOPED(buf) text = { .max_bytes = INDEX_MAX };
	SCOPED_FD int fd = -1;
	uint64_t size;
	struct stat st;

	if (lstat(path, &st) < 0 && errno == ENOENT) {
		*index = empty_index();
		return 0;
	}
	if (fd_open_regular(&fd, path, &size, err) < 0 ||
	    buf_read_fd(&text, fd, err) < 0)
		return -1;
	return json_parse(index, buf_text(&text), text.size, path, err);
}

int oci_layout_read(struct oci_store *store, json_t **index, json_t **manifests,
		    struct err *err)
{
	SCOPED_FREE char *path = path_join(store->path, "index.json");

	if (read_index(path, index, err) < 0)
		return -1;
	*manifests = json_object_get(*index, "manifests");
	if (!json_is_array(*manifests))
		return err_set(err, FAULT_INPUT, "%s: no list of manifests",
			       path);
	return 0;
}

static bool is_same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       is_same_time(os_mtime(a), os_mtime(b)) &&
	       is_same_time(os_ctime(a), os_ctime(b));
}

/*
 * The list of names, borrowed and not to be changed: a build looks up each of
 * its images several times, and reading the index for each would make that
 * quadratic. Every writer replaces the file. The lock is held.
 */
static int look_at_index(struct oci_store *store, const json_t **manifests,
			 struct err *err)
{
	SCOPED_FREE char *path = path_join(store->path, "index.json");
	SCOPED_JSON json_t *index = NULL;
	struct stat now = { 0 };
	json_t *list;

	if (lstat(path, &now) < 0 || !store->known_index ||
	    !is_same_file(&now, &store->known_file)) {
		json_decref(store->known_index);
		store->known_index = NULL;
		if (oci_layout_read(store, &index, &list, err) < 0)
			return -1;
		store->known_index = TAKE(index);
		store->known_file = now;
	}
	*manifests = json_object_get(store->known_index, "manifests");
	return 0;
}

static int save_index(struct oci_store *store, const json_t *index,
		      struct err *err)
{
	SCOPED_FREE char *path = path_join(store->path, "index.json");
	SCOPED(buf) text = { .max_bytes = 2 * INDEX_MAX };

	json_decref(store->known_index);
	store->known_index = NULL;
	json_write(&text, index);
	return path_write_file(path, text.data, text.size, err);
}

int oci_layout_start(struct oci_store *store, struct err *err)
{
	SCOPED_FREE char *path = path_join(store->path, "index.json");
	SCOPED_JSON json_t *index = NULL;
	struct stat st;

	if (lstat(path, &st) == 0)
		return 0;
	if (read_index(path, &index, err) < 0)
		return -1;
	return save_index(store, index, err);
}

int oci_layout_clear(struct oci_store *store, struct err *err)
{
	SCOPED_JSON json_t *index = empty_index();

	return save_index(store, index, err);
}

/* NULL when the entry has no name, which is legal. */
static const char *entry_name(const json_t *entry)
{
	return json_text(json_object_get(entry, "annotations"),
			 OCI_NAME_ANNOTATION);
}

static bool has_name(const json_t *entry, const char *name)
{
	const char *found = entry_name(entry);

	return found && strcmp(found, name) == 0;
}

static bool remove_name(json_t *manifests, const char *name)
{
	bool found = false;

	for (size_t i = json_array_size(manifests); i-- > 0;) {
		if (!has_name(json_array_get(manifests, i), name))
			continue;
		json_array_remove(manifests, i);
		found = true;
	}
	return found;
}

int oci_store_find(struct oci_store *store, const char *name, bool *found,
		   struct oci_descriptor *descriptor, struct err *err)
{
	SCOPED(oci_lock) lock = { 0 };
	const json_t *manifests;

	*found = false;
	if (oci_lock_take(&lock, store, err) < 0 ||
	    look_at_index(store, &manifests, err) < 0)
		return -1;
	for (size_t i = 0; i < json_array_size(manifests); i++) {
		const json_t *entry = json_array_get(manifests, i);

		if (!has_name(entry, name))
			continue;
		*found = true;
		return oci_descriptor_parse(descriptor, entry, name, err);
	}
	return 0;
}

int oci_store_put(struct oci_store *store, const char *name,
		  const struct oci_descriptor *descriptor, struct err *err)
{
	SCOPED(oci_lock) lock = { 0 };
	SCOPED_JSON json_t *index = NULL;
	json_t *manifests;
	json_t *entry;

	if (oci_lock_take(&lock, store, err) < 0)
		return -1;
	if (oci_layout_read(store, &index, &manifests, err) < 0)
		return -1;
	remove_name(manifests, name);
	entry = oci_descriptor_json(descriptor);
	json_object_set_new(entry, "annotations",
			    json_pack("{s:s}", OCI_NAME_ANNOTATION, name));
	json_array_append_new(manifests, entry);
	return save_index(store, index, err);
}

int oci_store_remove(struct oci_store *store, const char *name, bool *found,
		     struct err *err)
{
	SCOPED(oci_lock) lock = { 0 };
	SCOPED_JSON json_t *index = NULL;
	json_t *manifests;

	if (oci_lock_take(&lock, store, err) < 0)
		return -1;
	if (oci_layout_read(store, &index, &manifests, err) < 0)
		return -1;
	*found = remove_name(manifests, name);
	return *found ? save_index(store, index, err) : 0;
}

int oci_store_list(struct oci_store *store, struct strv *names, struct err *err)
{
	SCOPED(oci_lock) lock = { 0 };
	SCOPED_JSON json_t *index = NULL;
	json_t *manifests;

	if (oci_lock_take(&lock, store, err) < 0)
		return -1;
	if (oci_layout_read(store, &index, &manifests, err) < 0)
		return -1;
	for (size_t i = 0; i < json_array_size(manifests); i++) {
		const char *name = entry_name(json_array_get(manifests, i));

		if (name && !strv_has(names, name))
			strv_add(names, name);
	}
	strv_sort(names);
	return 0;
}
