/* SPDX-License-Identifier: Apache-2.0 */
/* build.yml: how a package is made into an image. */
#pragma once

#include "yml/manifest.h"

/* Debian packages whose files make up the image. */
struct debian {
	const struct yml_node *at;
	struct val_strs packages; /* as apt-get install takes them */
	struct val_str suite;
	struct val_strs mirrors;
	struct val_strs unpack; /* patterns of package names; all */
};

struct contents {
	const struct yml_node *at;
	struct debian debian;
	struct val_strs exclude;
	struct val_bool kernel;
	struct val_list files; /* struct file */
};

/* { 0 } is empty. All text is borrowed from the document. */
struct pkgfile {
	const struct yml_node *at;
	struct val_str image, org, tag, dockerfile, gitrepo;
	struct val_strs arches, extra_sources, build_args;
	struct val_bool network, disable_cache;
	struct entry config;
	struct contents contents;
	struct yml_document document; /* owned */
};

extern const struct schema pkgfile_schema;

void pkgfile_release(struct pkgfile *pkgfile);

/* Parses, decodes and checks; FAULT_INPUT carries name:line:column. */
int pkgfile_decode(struct pkgfile *pkgfile, const char *name, const char *text,
		   size_t size, struct err *err) MUST_CHECK;
