/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blobs and manifests from the store to a registry: OCI distribution-spec,
 * "Pushing blobs" (a session, then one PUT), "Mounting a blob from another
 * repository" and "Pushing manifests".
 */
#pragma once

#include "cmd/lib/base/buf.h"
#include "cmd/lib/oci/descriptor.h"
#include "cmd/lib/oci/http.h"
#include "cmd/lib/oci/ref.h"
#include "cmd/lib/oci/store.h"

/* Where it goes. All borrowed. */
struct upload_target {
	struct oci_store *store;
	struct oci_client *client;
	const struct oci_endpoint *endpoint;
	const struct oci_ref *ref;
};

/* { .blob, .from } is one that has not begun. */
struct upload {
	const struct oci_descriptor *blob; /* borrowed */
	char *from; /* owned; a repository that may have it, or NULL */
};

/*
 * Sends the blobs that the repository lacks, several at a time. What is read is
 * verified before its last byte is sent, so a damaged blob is never complete
 * there. FAULT_TRUST for that; FAULT_SYSTEM for what the registry does.
 */
int upload_blobs(const struct upload_target *target, struct upload *uploads,
		 size_t count, struct err *err) MUST_CHECK;

/* A manifest or index to be put. */
struct upload_manifest {
	const struct oci_descriptor *blob; /* borrowed */
	const struct buf *text;            /* borrowed; NULL: the store's */
	const char *tag;                   /* borrowed; NULL: its digest */
};

int upload_manifests(const struct upload_target *target,
		     const struct upload_manifest *manifests, size_t count,
		     struct err *err) MUST_CHECK;

/* Asks whether the repository has a manifest of that digest. */
int upload_is_there(const struct upload_target *target,
		    const struct oci_descriptor *manifest, bool *is_there,
		    struct err *err) MUST_CHECK;

/* ".../v2/REPOSITORY/KIND/REFERENCE"; the caller frees. */
char *upload_url(const struct upload_target *target, const char *kind,
		 const char *reference);

/* What the token of a push is for. */
#define UPLOAD_ACTIONS "pull,push"
