/* SPDX-License-Identifier: Apache-2.0 */
/* Two images, name by name. */
#pragma once

#include "cmd/lib/image/image.h"

/* What two names of one path can differ in; bits. */
enum differ {
	DIFFER_TYPE = 1,
	DIFFER_MODE = 2,
	DIFFER_OWNER = 4,
	DIFFER_TIME = 8,
	DIFFER_CONTENT = 16, /* of a file */
	DIFFER_TARGET = 32,  /* of a symbolic link */
	DIFFER_DEVICE = 64,  /* the numbers */
	DIFFER_XATTRS = 128,
};

struct difference {
	char *path;                           /* owned */
	const struct tree_node *left, *right; /* NULL: it is not there */
	unsigned what;                        /* enum differ; when both are */
};

/* { 0 } is none. */
struct differences {
	struct difference *items; /* by path, bytewise */
	size_t count, capacity;
};

void differences_release(struct differences *differences);

/*
 * Adds every path that only one image has or that is not the same in both.
 * Where a file came from does not matter, only what it is. Contents are read
 * only where their sources do not tell. The nodes are borrowed.
 */
int image_compare(struct differences *differences, struct image *left,
		  struct image *right, struct err *err) MUST_CHECK;
