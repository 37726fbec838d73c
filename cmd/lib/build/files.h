/* SPDX-License-Identifier: Apache-2.0 */
/* The `files` of a manifest, and of a package's contents. */
#pragma once

#include "cmd/lib/image/image.h"
#include "yml/emit.h"

/* Where files come from and go to. All borrowed. */
struct file_target {
	struct tree *tree;
	struct spool *spool;
	const struct manifest *manifest; /* for names of ids, and metadata */
	const struct emit_names *names;  /* of images in metadata */
	/*
	 * A package's own files: new parents and links get the usual modes,
	 * 0755 and 0777, where a manifest has LinuxKit's.
	 */
	bool usual_modes;
};

/*
 * Puts one item: LinuxKit's order of directory, symlink, contents, source. New
 * parents get the mode with x for each r-w-x triple that has any bit, and the
 * item's owner; parents that exist keep theirs. A relative source is looked for
 * in the folder of the file that names it, then in the working directory.
 */
int file_put(const struct file_target *target, const struct file *file,
	     struct err *err) MUST_CHECK;

/*
 * The host path of a file that a value names, or NULL when there is no such
 * file. `~/` is the home directory; the rest as above.
 */
char *source_path(const struct val_str *value);
