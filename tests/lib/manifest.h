/* SPDX-License-Identifier: Apache-2.0 */
/* A manifest that stands alone, as the program reads it. */
#pragma once

#include "yml/manifest.h"

static inline int decode_checked(struct manifest *manifest, const char *name,
				 const char *text, size_t size, struct err *err)
{
	SCOPED(buf) copy = { 0 };

	buf_add(&copy, text, size);
	if (manifest_decode(manifest, name, &copy, NULL, err) < 0)
		return -1;
	return manifest_check(manifest, err);
}
