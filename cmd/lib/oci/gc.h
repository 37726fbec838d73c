/* SPDX-License-Identifier: Apache-2.0 */
/* Removing what the store no longer needs. */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/oci/store.h"

#include <stdint.h>

/*
 * Removes the blobs that no entry of the store's index leads to, unless they
 * were written or used within the last hour: a fetch or a build beside this
 * one may be about to name them. Adds their size to `*freed_bytes`. Names stay,
 * and so do files that are no blobs. FAULT_TRUST, with nothing removed, when a
 * manifest on the way is damaged: what it leads to is then unknown.
 */
int oci_store_gc(struct oci_store *store, uint64_t *freed_bytes,
		 struct err *err) MUST_CHECK;

/* Forgets all names and removes all blobs, whoever uses them. */
int oci_store_clean(struct oci_store *store, uint64_t *freed_bytes,
		    struct err *err) MUST_CHECK;

/*
 * Keeps a blob, which need not be there, from oci_store_gc for an hour. In
 * vain when it is another user's.
 */
void oci_store_use(struct oci_store *store,
		   const struct oci_descriptor *descriptor);
