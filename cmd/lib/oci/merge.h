/* SPDX-License-Identifier: Apache-2.0 */
/* Two indexes become one. Pure. */
#pragma once

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/err.h"

#include <stdbool.h>

struct oci_merge {
	const struct buf *ours, *theirs; /* indexes, checked by parsing */
	struct buf text;                 /* the result; owned */
	bool is_theirs; /* theirs has all of ours: there is no result */
};

void oci_merge_release(struct oci_merge *merge);

/*
 * Fills the result: our entries, then theirs for platforms that ours lacks,
 * then what either has attested about an image of the result, each once. Other
 * members are ours. FAULT_INPUT when a text is no index or the result too
 * large.
 */
int oci_merge_run(struct oci_merge *merge, struct err *err) MUST_CHECK;
