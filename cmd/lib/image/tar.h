/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing POSIX ustar with PAX extended headers (IEEE 1003.1-2017, pax), byte
 * for byte as LinuxKit does: numbers zero-filled and NUL-terminated, a PAX
 * header only where a record is needed, records sorted by key.
 */
#pragma once

#include "cmd/lib/base/stream.h"
#include "cmd/lib/image/image.h"

/*
 * A whole tree, in its order. With `image` each entry says by LINUXKIT.source
 * and LINUXKIT.location which segment it comes from; NULL leaves that out.
 */
int tar_write_tree(struct writer *to, struct tree *tree, struct spool *spool,
		   const struct image *image, struct err *err) MUST_CHECK;
