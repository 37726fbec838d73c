/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock beside a manifest: which digest each image reference stands for.
 *
 *     images:
 *       docker.io/library/redis:7: sha256:...
 */
#pragma once

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/strv.h"
#include "yml/decode.h"

/* { 0 } is empty. */
struct lock {
	const struct yml_node *at;
	char *path; /* owned; for messages */
	struct val_map images;
	struct yml_document document; /* owned: all of the above */
};

void lock_release(struct lock *lock);

/*
 * Decodes a lock file; `path` is its name in messages. FAULT_INPUT, with
 * file:line:column, for anything that is not a reference with a digest.
 */
int lock_decode(struct lock *lock, const char *path, const struct buf *text,
		struct err *err) MUST_CHECK;

/* The digest ("sha256:...") of a full reference; NULL when it has none. */
const char *lock_find(const struct lock *lock, const char *name);

/* Appends a lock file's text. The lists belong together. */
void lock_write(struct buf *text, const struct strv *names,
		const struct strv *digests);
