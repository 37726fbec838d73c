/* SPDX-License-Identifier: Apache-2.0 */
/* One tree put into another: an image's files into the root. */
#pragma once

#include "cmd/lib/image/tree.h"

/*
 * Copies every name of `from` below `base` of `to`, in order, with metadata,
 * content references and hard links. What is there already gives way as it
 * would to an extraction: a directory merges and takes the new metadata, a file
 * is replaced, a link to a directory is followed for a directory. FAULT_INPUT,
 * with `what` in front, when a file or link would have to replace a directory
 * that is not empty.
 */
int tree_graft(struct tree *to, struct tree_node *base, struct tree *from,
	       const char *what, struct err *err) MUST_CHECK;
