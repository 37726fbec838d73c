/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.json of an archive of `docker save`: bytes to checked structs. Pure.
 */
#pragma once

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/err.h"
#include "cmd/lib/base/strv.h"

/* Names of members; none of them leads out of the archive. */
struct docker_image {
	char *config; /* owned */
	struct strv layers;
	struct strv names; /* references, expanded, each with a tag */
};

/* { 0 } is empty. */
struct docker_archive {
	struct docker_image *images; /* owned */
	size_t count;
};

void docker_archive_release(struct docker_archive *archive);

/*
 * `file` is what messages call it. FAULT_INPUT for what is none, for members
 * outside and for one name of two images.
 */
int docker_archive_parse(struct docker_archive *archive, const struct buf *text,
			 const char *file, struct err *err) MUST_CHECK;

/* The image of a name, or the only one; borrowed. FAULT_INPUT lists them. */
int docker_archive_choose(const struct docker_archive *archive,
			  const char *file, const char *name,
			  const struct docker_image **image,
			  struct err *err) MUST_CHECK;
