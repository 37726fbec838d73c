/* SPDX-License-Identifier: Apache-2.0 */
/* Reading all that the store holds, to find what is damaged. */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/base/strv.h"
#include "cmd/lib/oci/store.h"

#include <stdint.h>

/* What has been read so far; { 0 } is nothing. */
struct oci_verification {
	struct strv problems; /* sentences */
	struct strv seen;     /* digests, so that none is read twice */
	uint64_t size_bytes;
};

void oci_verification_release(struct oci_verification *verification);

/*
 * Reads every blob that a name of the store leads to, and adds a sentence for
 * each one that is missing or damaged. Images of an index that were never
 * fetched are not missing.
 */
int oci_store_verify(struct oci_store *store, const char *name,
		     struct oci_verification *verification,
		     struct err *err) MUST_CHECK;
