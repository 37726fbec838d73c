/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures that cosign stores beside an image: an artifact under the tag
 * sha256-HEX.sig of the same repository, whose layers are statements ("simple
 * signing" payloads) and their ECDSA P-256 signatures (cosign, SIGNATURE_SPEC).
 * They are verified by libcrypto alone: no transparency log is asked.
 */
#pragma once

#include "cmd/lib/oci/registry.h"

/* All borrowed. */
struct oci_signature_want {
	const char *name;        /* an image in the store */
	const char *arch;        /* the signed manifest may be its platform's */
	const struct strv *keys; /* files with public keys, in PEM */
	enum oci_pull pull;
};

/*
 * Fetches the image's signatures unless they are in the store, and verifies
 * that one of the keys signed its digest. FAULT_TRUST when none has,
 * FAULT_INPUT for a key that is none.
 */
int oci_signature_check(struct oci_store *store, struct oci_client *client,
			const struct oci_signature_want *want,
			struct err *err) MUST_CHECK;
