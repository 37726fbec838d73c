/* SPDX-License-Identifier: Apache-2.0 */
/* Images as they are kept, for several platforms, not unpacked. */
#pragma once

#include "cmd/lib/oci/registry.h"

/*
 * An image of a name, or of an index those for some platforms. All borrowed.
 */
struct oci_whole {
	const char *name;             /* a reference, expanded or not */
	const char *const *platforms; /* "os/arch[/variant]" each */
	size_t platform_count; /* 0: all of them, with what is attested */
};

/* Brings all of it into the store; as oci_fetch otherwise. */
int oci_whole_fetch(struct oci_store *store, struct oci_client *client,
		    const struct oci_whole *whole, enum oci_pull pull,
		    struct err *err) MUST_CHECK;

/* { 0 } is empty; all is owned. */
struct oci_blobs {
	struct oci_descriptor *items;
	size_t count, capacity;
	struct oci_descriptor root; /* what the name stands for */
};

void oci_blobs_release(struct oci_blobs *blobs);

/*
 * Lists the blobs, each once: of every image config, layers and manifest, then
 * the index. FAULT_INPUT when the store lacks a manifest of them.
 */
int oci_whole_list(struct oci_blobs *blobs, struct oci_store *store,
		   const struct oci_whole *whole, struct err *err) MUST_CHECK;
