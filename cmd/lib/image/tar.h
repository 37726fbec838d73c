/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing POSIX ustar with PAX extended headers (IEEE 1003.1-2017, pax), byte
 * for byte as LinuxKit does: numbers zero-filled and NUL-terminated, a PAX
 * header only where a record is needed, records sorted by key.
 */
#pragma once

#include "cmd/lib/base/stream.h"
#include "cmd/lib/image/image.h"

/* One extra PAX record of an entry. */
struct tar_record {
	const char *key, *value;
};

struct tar_entry {
	const char *path; /* relative, no slash at the ends */
	const struct inode *inode;
	const char *link_to; /* a hard link to this path; else NULL */
	const struct tar_record *records; /* sorted by key */
	size_t record_count;
};

/* The header, and for a file its bytes padded to 512. */
int tar_write_entry(struct writer *to, const struct tar_entry *entry,
		    struct spool *spool, struct err *err) MUST_CHECK;

/* The two zero blocks at the end. */
int tar_write_end(struct writer *to, struct err *err) MUST_CHECK;

/*
 * A whole tree, in its order. With `image` each entry says by LINUXKIT.source
 * and LINUXKIT.location which segment it comes from; NULL leaves that out.
 */
int tar_write_tree(struct writer *to, struct tree *tree, struct spool *spool,
		   const struct image *image, struct err *err) MUST_CHECK;
