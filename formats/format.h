/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output formats: one file each, which ends in its row, listed once in table.c.
 * A format turns a struct image into files and knows nothing of manifests,
 * registries or verbs.
 */
#pragma once

#include "cmd/lib/image/image.h"
#include "formats/output.h"

/* What a format is given besides the image. */
struct format_options {
	const char *pack_cache; /* directory for packed segments, or NULL */
};

struct format {
	const char *name;
	const char *files; /* "NAME.tar", for --list-formats */
	const char *help;  /* what it is for */
	bool streamable;   /* one file, which may go to standard output */
	int (*write)(struct image *image, const struct format_options *options,
		     struct output *output, struct err *err);
};

extern const struct format format_tar;
extern const struct format format_kernel_initrd;

/* All of them, in the order of the help; ends in NULL. */
extern const struct format *const format_table[];

/* FAULT_INPUT names the likely format. */
int format_find(const struct format **format, const char *name,
		struct err *err) MUST_CHECK;
