/* SPDX-License-Identifier: Apache-2.0 */
/* What `inspect` and `diff` look at. */
#pragma once

#include "cmd/kitbuild/context.h"
#include "cmd/lib/image/image.h"

/* How to come by it. All borrowed. */
struct subject_request {
	const char *text; /* as the user writes it */
	const char *arch;
	const struct global_options *global;
};

/*
 * Fills an image from image_init with the root that the text names: a manifest
 * (a file or URL, assembled as `build` does), a root archive, an initrd, the
 * NAME of a NAME-initrd.img with its kernel and command line, or an image
 * reference, whose layers are the segments.
 */
int subject_open(struct image *image, const struct subject_request *request,
		 struct err *err) MUST_CHECK;
