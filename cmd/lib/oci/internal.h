/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share. */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/base/limits.h"
#include "cmd/lib/oci/image.h"
#include "cmd/lib/oci/manifest.h"
#include "cmd/lib/oci/ref.h"
#include "cmd/lib/oci/store.h"

#include <pthread.h>
#include <sys/stat.h>

#define OCI_NAME_ANNOTATION "org.opencontainers.image.ref.name"
#define OCI_CONTAINERD_ANNOTATION "io.containerd.image.name"
#define OCI_MANIFEST_MAX limit_of(LIMIT_MANIFEST)
#define OCI_CONFIG_MAX limit_of(LIMIT_CONFIG)

struct oci_store {
	char *path;    /* owned */
	char *blobs;   /* owned: path/blobs/sha256 */
	char *scratch; /* owned: path/tmp */
	int lock_fd;   /* owned */
	/* fcntl locks exclude other processes, the mutex other threads. */
	pthread_mutex_t mutex;
	/* index.json as it was read last, and the file it was; or NULL. */
	json_t *known_index;
	struct stat known_file;
	/* Blobs whose content was found wrong and has not been replaced. */
	pthread_mutex_t damage_mutex;
	struct digest *damaged; /* owned */
	size_t damaged_count;
	size_t damaged_capacity;
};

void oci_damage_note(struct oci_store *store, const struct digest *digest);
void oci_damage_forget(struct oci_store *store, const struct digest *digest);

/* The caller frees the path. */
char *oci_store_blob_path(const struct oci_store *store,
			  const struct digest *digest);

/* The lock of the whole store, held until it is released; { 0 } is not held. */
struct oci_lock {
	struct oci_store *store; /* borrowed */
};

/* Waits for it, without limit. */
int oci_lock_take(struct oci_lock *lock, struct oci_store *store,
		  struct err *err) MUST_CHECK;
void oci_lock_release(struct oci_lock *lock);

/* Writes an index without names where there is none. */
int oci_layout_start(struct oci_store *store, struct err *err) MUST_CHECK;

/*
 * Reads index.json; `*manifests` is its list, borrowed. Whoever changes it
 * holds the lock.
 */
int oci_layout_read(struct oci_store *store, json_t **index, json_t **manifests,
		    struct err *err) MUST_CHECK;

/* Forgets all names; the lock is held. */
int oci_layout_clear(struct oci_store *store, struct err *err) MUST_CHECK;

/*
 * What a digest alone says of a manifest or index that the store holds whole:
 * false when there is none. `descriptor` is the caller's to release.
 */
bool oci_manifest_describe(struct oci_store *store, const struct digest *digest,
			   struct oci_descriptor *descriptor);

struct oci_wanted {
	struct oci_store *store;
	const char *arch;
};

/* oci_image_load for a root that has no name yet. */
int oci_image_load_root(struct oci_image *image,
			const struct oci_wanted *wanted,
			const struct oci_descriptor *root, bool *found,
			struct err *err) MUST_CHECK;

/* oci_ref_parse for images on this machine. */
bool ref_source_begins(const char *text);
int ref_source_parse(struct oci_ref *ref, const char *text,
		     struct err *err) MUST_CHECK;

/* A manifest over the descriptors; the caller owns it. */
json_t *oci_manifest_make(const struct oci_descriptor *config,
			  const struct oci_descriptor *layers,
			  size_t layer_count);

/* Is the layer of an attestation a statement with that type of predicate? */
bool oci_is_statement(const struct oci_manifest *manifest, size_t layer,
		      const char *predicate);
