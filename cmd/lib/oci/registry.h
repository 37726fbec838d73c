/* SPDX-License-Identifier: Apache-2.0 */
/* Fetching images from registries into the store. */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/base/strv.h"
#include "cmd/lib/oci/store.h"

#include <stdbool.h>

struct oci_client_options {
	struct strv ca_files; /* PEM files trusted beside the system's */
	struct strv mirrors;  /* "URL" or "REGISTRY=URL", later ones first */
	uint64_t timeout_s;   /* for what is fetched together; 0: an hour */
	bool offline;         /* whatever is missing is an error */
};

struct oci_client;

/* The options are copied. FAULT_INPUT for an unusable mirror or CA file. */
int oci_client_new(struct oci_client **client,
		   const struct oci_client_options *options,
		   struct err *err) MUST_CHECK;
/* Accepts NULL. */
void oci_client_free(struct oci_client *client);

static inline void scope_oci_client(struct oci_client **client)
{
	oci_client_free(*client);
}
#define SCOPED_OCI_CLIENT __attribute__((cleanup(scope_oci_client)))

enum oci_pull {
	OCI_PULL_IF_MISSING, /* ask nothing about images that are complete */
	OCI_PULL_ALWAYS,     /* ask what each name means now; read all blobs */
};

struct oci_request {
	const struct strv *names; /* references, expanded or not */
	const char *arch;         /* amd64, arm64, ... */
	enum oci_pull pull;
	/* Statements of this type come with the images; NULL: none do. */
	const char *predicate;
};

/*
 * Afterwards every name is in the store, complete for linux/arch: OCI
 * distribution-spec, "Pulling manifests" and "Pulling blobs". Only that
 * platform's blobs are fetched, several at a time, digest and size checked on
 * the way; blobs that are there already are not. A name is put last, so what
 * fails leaves the store as it was but for whole, verified blobs.
 *
 * Statements about the images (attestation.h) are wanted, not needed: where
 * they cannot be had, or are too large, a warning says so. Only what comes with
 * a wrong digest fails.
 *
 * An offline client asks nothing: what the store holds must do.
 *
 * HTTPS only, but for this machine's own registries and http:// mirrors.
 * Faults: INPUT when there is no such image or platform, SYSTEM when a
 * registry cannot be reached or denies access, TRUST for a wrong digest.
 */
int oci_fetch(struct oci_store *store, struct oci_client *client,
	      const struct oci_request *request, struct err *err) MUST_CHECK;
