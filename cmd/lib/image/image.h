/* SPDX-License-Identifier: Apache-2.0 */
/* What a build yields and every format consumes. */
#pragma once

#include "cmd/lib/image/spool.h"
#include "cmd/lib/image/tree.h"

#include "cmd/lib/base/mem.h"

/*
 * One part of the root with one origin: the kernel's files, an init image, a
 * container's bundle, an item of `files`. Every node of the tree belongs to the
 * segment that wrote it; a segment's packed form is cached by a key over all
 * that decides its bytes.
 */
struct segment {
	char *location; /* owned; as LinuxKit writes it: "services[2]" */
	char *source;   /* owned; the full image reference, or a word; "" when
			   the entries of a tar say neither of the two */
};

struct packed_segments;

struct image {
	struct tree tree;
	struct spool spool;
	struct segment *segments; /* owned; in the order of the root archive */
	size_t segment_count, segment_capacity;
	/* Borrowed from the tree; NULL when the manifest has none. */
	const struct inode *kernel;
	const struct inode *ucode;
	const struct inode *cmdline;
	struct packed_segments *packed; /* owned by pack_segments; or NULL */
};

/* Makes the empty image ready; image_release frees it. */
int image_init(struct image *image, struct err *err) MUST_CHECK;
void image_release(struct image *image);

/*
 * Begins a segment: nodes put from now on belong to it. The texts are copied.
 * Returns its number.
 */
unsigned image_begin_segment(struct image *image, const char *location,
			     const char *source);

/* A file with this content at `path`; parents are made, 0755. */
int image_put_file(struct image *image, const char *path, unsigned mode,
		   const void *data, size_t size, struct err *err) MUST_CHECK;
int image_put_directory(struct image *image, const char *path, unsigned mode,
			struct err *err) MUST_CHECK;
