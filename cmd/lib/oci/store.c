/* SPDX-License-Identifier: Apache-2.0 */
/* The content store: the directory, its lock, reading blobs. */
#include "cmd/lib/oci/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/json.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/oci/internal.h"

char *oci_store_blob_path(const struct oci_store *store,
			  const struct digest *digest)
{
	char hex[DIGEST_HEX_SIZE];

	return path_join(store->blobs, digest_hex(digest, hex));
}

const char *oci_store_path(const struct oci_store *store)
{
	return store->path;
}

static int set_lock(const struct oci_store *store, short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET };
	int result;

	do
		result = fcntl(store->lock_fd, F_SETLKW, &lock);
	while (result < 0 && errno == EINTR);
	return result;
}

int oci_lock_take(struct oci_lock *lock, struct oci_store *store,
		  struct err *err)
{
	pthread_mutex_lock(&store->mutex);
	if (set_lock(store, F_WRLCK) < 0) {
		pthread_mutex_unlock(&store->mutex);
		return err_sys(err, "lock %s/.lock", store->path);
	}
	lock->store = store;
	return 0;
}

void oci_lock_release(struct oci_lock *lock)
{
	if (!lock->store)
		return;
	set_lock(lock->store, F_UNLCK);
	pthread_mutex_unlock(&lock->store->mutex);
	lock->store = NULL;
}

/* A live writer holds flock on its file; a file without one is left over. */
static void remove_if_stale(const char *path)
{
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlink(path);
}

static int clean_scratch(struct oci_store *store, struct err *err)
{
	SCOPED(strv) names = { 0 };

	if (path_list(&names, store->scratch, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		SCOPED_FREE char *path =
			path_join(store->scratch, names.items[i]);

		remove_if_stale(path);
	}
	return 0;
}

static int check_layout(const char *path, struct err *err)
{
	SCOPED(buf) text = { .max_bytes = 4096 };
	SCOPED_JSON json_t *json = NULL;
	SCOPED_FD int fd = -1;
	uint64_t size;
	const char *version;

	if (fd_open_regular(&fd, path, &size, err) < 0 ||
	    buf_read_fd(&text, fd, err) < 0 ||
	    json_parse(&json, buf_text(&text), text.size, path, err) < 0)
		return -1;
	version = json_text(json, "imageLayoutVersion");
	if (!version || strncmp(version, "1.", 2) != 0)
		return err_set(err, FAULT_INPUT,
			       "%s: not an OCI image layout of version 1",
			       path);
	return 0;
}

static int make_layout(const struct oci_store *store, struct err *err)
{
	static const char layout[] =
		"{\n    \"imageLayoutVersion\": \"1.0.0\"\n}";
	SCOPED_FREE char *path = path_join(store->path, "oci-layout");
	struct stat st;

	if (lstat(path, &st) == 0)
		return check_layout(path, err);
	return path_write_file(path, layout, sizeof(layout) - 1, err);
}

static int open_lock(struct oci_store *store, struct err *err)
{
	SCOPED_FREE char *path = path_join(store->path, ".lock");

	store->lock_fd =
		open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (store->lock_fd < 0)
		return err_sys(err, "open %s", path);
	return 0;
}

static int prepare(struct oci_store *store, struct err *err)
{
	SCOPED(oci_lock) lock = { 0 };

	if (path_make_directories(store->blobs, err) < 0 ||
	    path_make_directories(store->scratch, err) < 0 ||
	    open_lock(store, err) < 0 || oci_lock_take(&lock, store, err) < 0)
		return -1;
	if (make_layout(store, err) < 0 || oci_layout_start(store, err) < 0)
		return -1;
	return clean_scratch(store, err);
}

int oci_store_open(struct oci_store **store, const char *path, struct err *err)
{
	struct oci_store *self = xcalloc(1, sizeof(*self));

	self->path = xstrdup(path);
	self->blobs = path_join(path, "blobs/sha256");
	self->scratch = path_join(path, "tmp");
	self->lock_fd = -1;
	pthread_mutex_init(&self->mutex, NULL);
	pthread_mutex_init(&self->damage_mutex, NULL);
	if (prepare(self, err) < 0) {
		oci_store_close(self);
		return err_wrap(err, "image cache");
	}
	*store = self;
	return 0;
}

void oci_store_close(struct oci_store *store)
{
	if (!store)
		return;
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	pthread_mutex_destroy(&store->mutex);
	pthread_mutex_destroy(&store->damage_mutex);
	json_decref(store->known_index);
	free(store->damaged);
	free(store->path);
	free(store->blobs);
	free(store->scratch);
	free(store);
}

struct blob_reader {
	struct reader reader;
	struct reader *file;     /* owned */
	struct reader *verified; /* owned */
	struct oci_store *store; /* borrowed */
	struct digest digest;
};

static int blob_read(struct reader *reader, void *data, size_t size,
		     size_t *got, struct err *err)
{
	struct blob_reader *self = (struct blob_reader *)reader;

	if (reader_read(self->verified, data, size, got, err) == 0)
		return 0;
	if (err->fault != FAULT_TRUST)
		return -1;
	oci_damage_note(self->store, &self->digest);
	return err_wrap(err, "damaged in the cache %s", self->store->path);
}

static void blob_close(struct reader *reader)
{
	struct blob_reader *self = (struct blob_reader *)reader;

	reader_close(self->verified);
	reader_close(self->file);
	free(self);
}

static struct reader *blob_reader_adopt(struct oci_store *store, int fd,
					const struct oci_descriptor *descriptor)
{
	struct blob_reader *self = xcalloc(1, sizeof(*self));
	char text[DIGEST_TEXT_SIZE];
	SCOPED_FREE char *name =
		xasprintf("blob %s", digest_text(&descriptor->digest, text));

	self->reader.read = blob_read;
	self->reader.close = blob_close;
	self->store = store;
	self->digest = descriptor->digest;
	self->file = reader_from_fd_adopt(fd);
	self->verified = reader_verified(self->file, &descriptor->digest,
					 descriptor->size_bytes, name);
	return &self->reader;
}

int oci_store_read(struct oci_store *store,
		   const struct oci_descriptor *descriptor,
		   struct reader **reader, struct err *err)
{
	SCOPED_FREE char *path =
		oci_store_blob_path(store, &descriptor->digest);
	SCOPED_FD int fd = -1;
	uint64_t size;

	if (fd_open_regular(&fd, path, &size, err) < 0)
		return -1;
	if (size != descriptor->size_bytes) {
		oci_damage_note(store, &descriptor->digest);
		return err_set(
			err, FAULT_TRUST,
			"%s: damaged: %llu bytes where %llu are declared", path,
			(unsigned long long)size,
			(unsigned long long)descriptor->size_bytes);
	}
	*reader = blob_reader_adopt(store, take_fd(&fd), descriptor);
	return 0;
}

/* A verifying reader says its verdict at the end, so read up to there. */
static int read_all(struct reader *reader, struct buf *content, size_t size,
		    struct err *err)
{
	SCOPED_FREE char *data = xmalloc(size + 1);
	size_t done = 0;
	size_t got;

	do {
		if (reader_read(reader, data + done, size + 1 - done, &got,
				err) < 0)
			return -1;
		done += got;
	} while (got > 0);
	buf_clear(content);
	content->max_bytes = size + 1;
	buf_add(content, data, done);
	return 0;
}

int oci_store_load(struct oci_store *store,
		   const struct oci_descriptor *descriptor, size_t max_bytes,
		   struct buf *content, struct err *err)
{
	SCOPED_READER struct reader *reader = NULL;
	char text[DIGEST_TEXT_SIZE];

	if (descriptor->size_bytes > max_bytes)
		return err_set(err, FAULT_INPUT,
			       "blob %s has %llu bytes; at most %zu are read",
			       digest_text(&descriptor->digest, text),
			       (unsigned long long)descriptor->size_bytes,
			       max_bytes);
	if (oci_store_read(store, descriptor, &reader, err) < 0)
		return -1;
	return read_all(reader, content, (size_t)descriptor->size_bytes, err);
}
