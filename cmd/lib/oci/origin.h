/* SPDX-License-Identifier: Apache-2.0 */
/* Which repository of a registry has a blob already, as the store knows it. */
#pragma once

#include "cmd/lib/oci/ref.h"
#include "cmd/lib/oci/upload.h"

/*
 * Sets `from` of the uploads whose blob an image of another repository of the
 * same registry shares. Names that cannot be followed are passed over.
 */
int origin_find(struct oci_store *store, const struct oci_ref *target,
		struct upload *uploads, size_t count,
		struct err *err) MUST_CHECK;
