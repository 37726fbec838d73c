/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What foreign input may cost. The limits are far above what honest images
 * need; the user may move them. They are set before any work begins and only
 * read from then on.
 */
#pragma once

#include "cmd/lib/base/err.h"

#include <stddef.h>

enum limit {
	LIMIT_MANIFEST, /* bytes of a manifest or index */
	LIMIT_CONFIG,   /* bytes of an image's config */
	LIMIT_JSON,     /* bytes of memory that parsed JSON may take */
	LIMIT_HEADER,   /* bytes of the headers of one tar entry */
	LIMIT_PATH,     /* bytes of a path in a layer */
	LIMIT_XATTR,    /* bytes of an extended attribute's value */
	LIMIT_ENTRIES,  /* of one layer */
	LIMIT_LAYER,    /* bytes that a layer may inflate to */
	LIMIT_RATIO,    /* how many times its size anything may inflate to */
};

size_t limit_of(enum limit limit);

/* Sets one from "NAME=VALUE", as in "layer=64G". FAULT_INPUT names all there
 * are. */
int limit_set(const char *text, struct err *err) MUST_CHECK;
