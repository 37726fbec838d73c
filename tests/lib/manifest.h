/* SPDX-License-Identifier: Apache-2.0 */
/* A manifest that stands alone, as the program reads it. */
#pragma once

#include "yml/manifest.h"

/* As manifest_decode, from a text, with templates left as they are. */
static inline int decode_text(struct manifest *manifest, const char *name,
			      const char *text, size_t size, struct err *err)
{
	SCOPED(buf) copy = { 0 };

	buf_add(&copy, text, size);
	return manifest_decode(manifest, name, &copy, NULL, err);
}

static inline int decode_checked(struct manifest *manifest, const char *name,
				 const char *text, size_t size, struct err *err)
{
	if (decode_text(manifest, name, text, size, err) < 0)
		return -1;
	return manifest_check(manifest, err);
}
