/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps of oci_fetch share. */
#pragma once

#include "cmd/lib/base/log.h"
#include "cmd/lib/base/progress.h"
#include "cmd/lib/oci/attestation.h"
#include "cmd/lib/oci/endpoint.h"
#include "cmd/lib/oci/http.h"
#include "cmd/lib/oci/manifest.h"
#include "cmd/lib/oci/ref.h"
#include "cmd/lib/oci/registry.h"

/* One name on its way into the store. */
struct pull {
	struct oci_ref ref;
	struct oci_endpoint endpoint; /* set when something is requested */
	char *what;                   /* owned; "image docker.io/..." */
	struct oci_descriptor root;   /* what the name stands for */
	bool has_root;
	bool is_named; /* the store says so already */
	struct oci_descriptor platform;
	struct oci_manifest manifest; /* the platform's */
	struct oci_attestations attestations;
};

struct fetch {
	struct oci_store *store;
	struct oci_client *client;
	const struct oci_request *request;
	struct pull *pulls; /* owned */
	size_t count;
};

void pull_release(struct pull *pull);
void fetch_release(struct fetch *fetch);

/* Makes a pull of each name and brings what the names stand for. */
int fetch_roots(struct fetch *fetch, struct err *err) MUST_CHECK;

/*
 * Is the blob in the store what it should be, as far as the store knows or,
 * with `thorough`, as reading it tells? Counts as a use of it.
 */
bool fetch_is_good(struct oci_store *store,
		   const struct oci_descriptor *descriptor, bool thorough);

/* Brings what is attested about the images; see oci_request. */
int fetch_attestations(struct fetch *fetch, struct err *err) MUST_CHECK;

/* What a pull lacks. */
struct lack {
	const char *what; /* "its manifest is", for "not in the cache" */
	const struct oci_descriptor *blob; /* borrowed; NULL: not known yet */
};

/*
 * Makes the pull ready for requests: says so once, finds the endpoint. When
 * the client is offline, FAULT_INPUT for what is not there and FAULT_TRUST for
 * what is damaged.
 */
int pull_go_online(struct fetch *fetch, struct pull *pull,
		   const struct lack *lack, struct err *err) MUST_CHECK;

/*
 * A manifest or index wanted: by descriptor, or by what the name says when
 * `expected` is NULL. It is checked, stored and described in `result`.
 */
struct manifest_want {
	struct pull *pull;
	const struct oci_descriptor *expected; /* borrowed */
	struct oci_descriptor *result;         /* set when not `expected` */
	struct oci_store *store;
	struct buf body;
};

int fetch_manifests(struct fetch *fetch, struct manifest_want *wants,
		    size_t count, struct err *err) MUST_CHECK;

/* The media types of manifests that can be read. */
#define FETCH_ACCEPTED                                                         \
	OCI_TYPE_INDEX ", " OCI_TYPE_MANIFEST ", " DOCKER_TYPE_LIST            \
		       ", " DOCKER_TYPE_MANIFEST

/*
 * What the reply says it is; some servers only know "application/json". The
 * caller frees.
 */
char *fetch_reply_type(const struct http_job *job, const struct buf *body);

/* A config or layer wanted. */
struct blob_want {
	struct pull *pull;
	const struct oci_descriptor *descriptor; /* borrowed */
	char *what;                              /* owned */
	struct oci_blob_writer writer;
	struct oci_store *store;
	struct progress_part *part; /* borrowed */
	uint64_t got_bytes;
};

int fetch_blobs(struct fetch *fetch, struct blob_want *wants, size_t count,
		struct err *err) MUST_CHECK;
