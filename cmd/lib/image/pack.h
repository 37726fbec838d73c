/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments packed as separately compressed cpio archives (newc; the kernel's
 * Documentation/driver-api/early-userspace/buffer-format.rst), and the cache of
 * packed segments. The kernel unpacks concatenated archives one after another,
 * so an initrd is the packed segments in order, but /init before all: of a root
 * that does not fit into memory the kernel keeps what came first, and without
 * process 1 nobody can say what is wrong.
 */
#pragma once

#include <limits.h>

#include "cmd/lib/base/stream.h"
#include "cmd/lib/image/image.h"
#include "cmd/lib/image/packed.h"

/* In place of a segment's number: /init alone, which is in no segment then. */
#define PACK_FIRST UINT_MAX

bool pack_is_empty(const struct image *image, unsigned segment);

/*
 * The key of a segment: SHA-256 over everything that decides its packed bytes
 * (names, metadata, where the contents come from, the packer and its version).
 */
struct digest pack_key(const struct image *image, unsigned segment);

/* What a key says of an inode; extended attributes are not among it. */
void pack_hash_inode(struct sha256 *hash, const struct inode *inode);

/* Writes one segment as an uncompressed cpio archive. */
int pack_cpio(struct writer *to, struct image *image, unsigned segment,
	      struct err *err) MUST_CHECK;

/*
 * Removes packed segments that were not used for `unused_s` seconds (0: all)
 * and adds their size to `*freed_bytes`. Other files stay, and an absent
 * directory is fine.
 */
int pack_cache_clean(const char *cache, long long unused_s,
		     uint64_t *freed_bytes, struct err *err) MUST_CHECK;

/*
 * The packed segments of an initrd, compressed by zstd, in order. As many as
 * this stay where they are, the rest is in one file.
 */
#define PACK_MAX_OPEN 64

struct packed_segments {
	struct packed items[PACK_MAX_OPEN + 1];
	size_t count;
};

/* For image_release; NULL is fine. */
void packed_segments_free(struct packed_segments *segments);

/*
 * Packs all segments, once for the life of an image, whose tree does not change
 * from then on; the result is the image's. `cache` is a directory (made when
 * absent) where packed segments are kept by key, or NULL. A cached segment is
 * verified before it is used; a damaged one is packed again. Its time is that
 * of its last use.
 */
int pack_segments(const struct packed_segments **segments, struct image *image,
		  const char *cache, struct err *err) MUST_CHECK;

/* The same, one after the other, into a file. */
int pack_initrd(int fd, const char *name, struct image *image,
		const char *cache, struct err *err) MUST_CHECK;
