/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alpine's package database over several init images: each brings its own at
 * the same path, and scanners want to see all of them.
 */
#pragma once

#include "cmd/lib/base/buf.h"
#include "cmd/lib/image/image.h"

/* { 0 } has seen nothing. */
struct apk_databases {
	struct buf joined;
	size_t count;
};

void apk_databases_release(struct apk_databases *databases);

/* Takes note of the database that the current segment has just brought. */
int apk_note(struct apk_databases *databases, struct image *image,
	     struct err *err) MUST_CHECK;

/* Puts the joined one, as a segment of its own, when there was more than one.
 */
int apk_join(struct apk_databases *databases, struct image *image,
	     struct err *err) MUST_CHECK;
