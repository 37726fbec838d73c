/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cache of what takes time to pack (segments of an initrd, whole root file
 * systems): one file for each key, which proves itself.
 */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/base/sha256.h"

/* { .fd = -1 } is none. The bytes begin at PACKED_START of the file. */
struct packed {
	int fd; /* owned */
	uint64_t size_bytes;
	struct digest digest; /* of the bytes */
};

#define PACKED_START sizeof(struct digest)

void packed_release(struct packed *packed);

/* What packs something that the cache does not have. */
struct packer {
	const char *name; /* for the log */
	int (*make)(struct packed *packed, void *what, struct err *err);
	void *what;
};

/*
 * Finds what was packed under `key`, or has `make` write it to packed->fd, from
 * PACKED_START on, where its position is; `make` also sets size and digest.
 * `cache` is a directory that exists, or NULL for a file that nobody else sees.
 * What is found is verified first; when damaged, it is made again.
 */
int packed_get(struct packed *packed, const char *cache,
	       const struct digest *key, const struct packer *packer,
	       struct err *err) MUST_CHECK;
