/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The content store: an OCI image-layout directory (image-spec,
 * image-layout.md) that LinuxKit's cache commands can read and write too.
 *
 * Names are whole, expanded references (ref.h). Blobs are read with their
 * digest and size checked, every time, and only from regular files: a link in
 * the directory is refused. Functions may be called from several threads, but
 * names are put and removed from one.
 */
#pragma once

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/err.h"
#include "cmd/lib/base/stream.h"
#include "cmd/lib/base/strv.h"
#include "cmd/lib/oci/descriptor.h"

#include <stdbool.h>

struct oci_store;

/*
 * Opens the directory, making it when it is absent, and removes temporary
 * files that a killed program left. FAULT_INPUT when it is no image layout.
 */
int oci_store_open(struct oci_store **store, const char *path,
		   struct err *err) MUST_CHECK;
/* Accepts NULL. */
void oci_store_close(struct oci_store *store);

static inline void scope_oci_store(struct oci_store **store)
{
	oci_store_close(*store);
}
#define SCOPED_OCI_STORE __attribute__((cleanup(scope_oci_store)))

/* Borrowed. */
const char *oci_store_path(const struct oci_store *store);

/* What a name stands for; `descriptor` is set (and owned) when `*found`. */
int oci_store_find(struct oci_store *store, const char *name, bool *found,
		   struct oci_descriptor *descriptor,
		   struct err *err) MUST_CHECK;
/* Points a name at a blob; index.json is replaced whole, under the lock. */
int oci_store_put(struct oci_store *store, const char *name,
		  const struct oci_descriptor *descriptor,
		  struct err *err) MUST_CHECK;
/* Forgets a name; the blobs stay. */
int oci_store_remove(struct oci_store *store, const char *name, bool *found,
		     struct err *err) MUST_CHECK;
/* Appends all names, sorted. */
int oci_store_list(struct oci_store *store, struct strv *names,
		   struct err *err) MUST_CHECK;

/*
 * Is the blob there, a regular file of that size, and not known to be damaged?
 * Its content is not read.
 */
bool oci_store_has(struct oci_store *store,
		   const struct oci_descriptor *descriptor);

/*
 * Is something in the blob's place that is not the blob? Its content is not
 * read either, but what a reader has met is remembered until the blob is
 * written anew.
 */
bool oci_store_is_damaged(struct oci_store *store,
			  const struct oci_descriptor *descriptor);

/* Has a reader met damage that is still there? */
bool oci_store_met_damage(struct oci_store *store);

/*
 * A reader of the blob that fails with FAULT_TRUST when size or digest differ.
 * The reader outlives neither the store nor needs the descriptor.
 */
int oci_store_read(struct oci_store *store,
		   const struct oci_descriptor *descriptor,
		   struct reader **reader, struct err *err) MUST_CHECK;

/* A whole small blob; FAULT_INPUT when it is larger than `max_bytes`. */
int oci_store_load(struct oci_store *store,
		   const struct oci_descriptor *descriptor, size_t max_bytes,
		   struct buf *content, struct err *err) MUST_CHECK;

/*
 * A blob being written: a temporary file, hashed on its way. { 0 } is idle.
 * What is not committed is gone after oci_blob_writer_release. The struct must
 * not be moved while it is in use.
 */
struct oci_blob_writer {
	struct oci_store *store; /* borrowed */
	struct writer *stream;   /* owned; write here, or stack writers on it */
	/* internal */
	struct writer *file;
	struct tally tally;
	char *temporary;
	int fd;
};

int oci_blob_writer_start(struct oci_blob_writer *writer,
			  struct oci_store *store, struct err *err) MUST_CHECK;

/*
 * Ends the blob and moves it to its place, on disk before it is visible.
 * `expected` (may be NULL) is what digest and size must be: FAULT_TRUST
 * otherwise. `result` (may be NULL) gets digest and size, and no media type.
 */
int oci_blob_writer_commit(struct oci_blob_writer *writer,
			   const struct oci_descriptor *expected,
			   struct oci_descriptor *result,
			   struct err *err) MUST_CHECK;
void oci_blob_writer_release(struct oci_blob_writer *writer);

/* Stores a whole small blob. `descriptor` is set, and owned by the caller. */
int oci_store_save(struct oci_store *store, const char *media_type,
		   const struct buf *content, struct oci_descriptor *descriptor,
		   struct err *err) MUST_CHECK;
