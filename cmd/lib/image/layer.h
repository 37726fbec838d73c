/* SPDX-License-Identifier: Apache-2.0 */
/* Tar archives applied to the root tree. */
#pragma once

#include "cmd/lib/base/stream.h"
#include "cmd/lib/image/spool.h"
#include "cmd/lib/image/tree.h"

struct layer {
	const char *name;     /* for messages */
	struct digest digest; /* identifies the bytes read */
	bool whiteouts;       /* an OCI layer, not a plain tar */
	bool keep_links;      /* over a link to a directory, a directory
				 entry keeps the link */
};

/*
 * Applies an uncompressed tar (any dialect libarchive reads) below `base`.
 *
 * OCI image-spec, layer.md: a later entry wins; `.wh.NAME` removes NAME as far
 * as lower layers made it, `.wh..wh..opq` the content of its directory, in
 * whatever order the entries of the layer come. Hard links become names of one
 * inode. Links on the way are followed below `base` only.
 *
 * FAULT_INPUT for names with "..", a link or device as the root, hard links to
 * nothing or to directories, xattrs without a name, what is over a limit
 * (limits.h), unreadable archives. Each application counts as a layer of its
 * own.
 */
int layer_apply(struct tree *tree, struct tree_node *base,
		const struct layer *layer, struct reader *tar,
		struct spool *spool, struct err *err) MUST_CHECK;
