/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a build: written under temporary names beside their final ones,
 * which they take all together at the end, or never.
 */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/base/strv.h"

#include <stdbool.h>

/* Fill `prefix` or `file`; the rest starts zeroed. */
struct output {
	const char *prefix; /* "dir/name"; a format adds "-kernel" and so on */
	const char *file;   /* instead: the one file; "-" is standard output */
	/* internal */
	struct strv temporary, final;
};

/*
 * Opens the next file for writing; the caller closes `*fd`. `suffix` is added
 * to the prefix and not looked at for a single file.
 */
int output_open(struct output *output, const char *suffix, int *fd,
		struct err *err) MUST_CHECK;

/*
 * Writes the content of a file of the image as the next file. Like LinuxKit it
 * writes none for no file (NULL) or an empty one.
 */
struct image;
struct inode;
int output_put_inode(struct output *output, struct image *image,
		     const struct inode *inode, const char *suffix,
		     struct err *err) MUST_CHECK;

/* The name of the file that output_open opened last, for messages. */
const char *output_name(const struct output *output);

/* Flushes and renames all files. After a failure none of them is left. */
int output_commit(struct output *output, struct err *err) MUST_CHECK;

/* Removes what was not committed. */
void output_release(struct output *output);
