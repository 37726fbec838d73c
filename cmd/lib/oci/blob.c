/* SPDX-License-Identifier: Apache-2.0 */
/* The content store: writing blobs. */
#include "cmd/lib/oci/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/oci/internal.h"

/*
 * The lock of the store is held from making the file to locking it: whoever
 * cleans up meanwhile would take it for a leftover.
 */
static int make_temporary(struct oci_blob_writer *writer, struct err *err)
{
	SCOPED(oci_lock) lock = { 0 };
	SCOPED_FREE char *path = path_join(writer->store->scratch, "XXXXXX");

	if (oci_lock_take(&lock, writer->store, err) < 0)
		return -1;
	writer->fd = mkostemp(path, O_CLOEXEC);
	if (writer->fd < 0)
		return err_sys(err, "make %s", path);
	writer->temporary = TAKE(path);
	if (flock(writer->fd, LOCK_EX | LOCK_NB) < 0)
		return err_sys(err, "lock %s", writer->temporary);
	return 0;
}

int oci_blob_writer_start(struct oci_blob_writer *writer,
			  struct oci_store *store, struct err *err)
{
	*writer = (struct oci_blob_writer){ .store = store, .fd = -1 };
	if (make_temporary(writer, err) < 0) {
		oci_blob_writer_release(writer);
		return -1;
	}
	writer->file = writer_to_fd(writer->fd, writer->temporary);
	writer->stream = writer_tallied(writer->file, &writer->tally);
	return 0;
}

static int check_expected(const struct tally *tally,
			  const struct oci_descriptor *expected,
			  struct err *err)
{
	char wanted[DIGEST_TEXT_SIZE];
	char found[DIGEST_TEXT_SIZE];

	digest_text(&expected->digest, wanted);
	if (tally->size_bytes != expected->size_bytes)
		return err_set(err, FAULT_TRUST,
			       "blob %s: %llu bytes where %llu are declared",
			       wanted, (unsigned long long)tally->size_bytes,
			       (unsigned long long)expected->size_bytes);
	if (!digest_equal(&tally->digest, &expected->digest))
		return err_set(err, FAULT_TRUST,
			       "blob %s: the content has digest %s", wanted,
			       digest_text(&tally->digest, found));
	return 0;
}

/* 0644, and not less: other users may share the cache. */
static int move_into_place(struct oci_blob_writer *writer, struct err *err)
{
	SCOPED_FREE char *path =
		oci_store_blob_path(writer->store, &writer->tally.digest);

	if (fchmod(writer->fd, 0644) < 0 || fsync(writer->fd) < 0)
		return err_sys(err, "write %s", path);
	if (rename(writer->temporary, path) < 0)
		return err_sys(err, "rename to %s", path);
	free(writer->temporary);
	writer->temporary = NULL;
	oci_damage_forget(writer->store, &writer->tally.digest);
	return 0;
}

int oci_blob_writer_commit(struct oci_blob_writer *writer,
			   const struct oci_descriptor *expected,
			   struct oci_descriptor *result, struct err *err)
{
	if (writer_finish(writer->stream, err) < 0)
		return -1;
	if (expected && check_expected(&writer->tally, expected, err) < 0)
		return -1;
	if (move_into_place(writer, err) < 0)
		return -1;
	if (result)
		*result = (struct oci_descriptor){
			.digest = writer->tally.digest,
			.size_bytes = writer->tally.size_bytes,
		};
	return 0;
}

void oci_blob_writer_release(struct oci_blob_writer *writer)
{
	if (!writer->store)
		return;
	writer_close(writer->stream);
	writer_close(writer->file);
	if (writer->temporary)
		unlink(writer->temporary);
	free(writer->temporary);
	if (writer->fd >= 0)
		close(writer->fd);
	*writer = (struct oci_blob_writer){ 0 };
}

int oci_store_save(struct oci_store *store, const char *media_type,
		   const struct buf *content, struct oci_descriptor *descriptor,
		   struct err *err)
{
	SCOPED(oci_blob_writer) writer = { 0 };

	*descriptor = (struct oci_descriptor){
		.digest = sha256_of(buf_text(content), content->size),
		.size_bytes = content->size,
	};
	if (oci_blob_writer_start(&writer, store, err) < 0 ||
	    writer_write(writer.stream, buf_text(content), content->size, err) <
		    0 ||
	    oci_blob_writer_commit(&writer, descriptor, NULL, err) < 0)
		return -1;
	descriptor->media_type = xstrdup(media_type);
	return 0;
}
