/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packages: a folder with a build.yml that becomes an image in the store.
 * `contents:` packages are built here, without an engine.
 */
#pragma once

#include "cmd/lib/image/image.h"
#include "cmd/lib/oci/store.h"
#include "yml/pkgfile.h"

/* { 0 } is empty. */
struct package {
	char *folder;
	struct pkgfile file;
	struct strv sources; /* those that depend on the architecture */
	char *name;          /* docker.io/kitbuild/init:<hash> */
};

void package_release(struct package *package);

/*
 * Reads FOLDER/build.yml, puts the architecture where a source of a file says
 * {{.Arch}}, and works out the image's name. The tag is 40 hex
 * digits of a SHA-256 over build.yml, every file it takes in (path, content),
 * the architecture and the version of the builder: it is known before the
 * build and changes exactly when the sources do.
 */
int package_open(struct package *package, const char *folder, const char *arch,
		 struct err *err) MUST_CHECK;

/* Builds the image for linux/arch and puts it into the store under its name. */
int package_build(const struct package *package, struct oci_store *store,
		  const char *arch, struct err *err) MUST_CHECK;

/*
 * Builds it unless the store holds all of it already; says which in `*built`.
 * With `offline`, FAULT_INPUT for what would need the network.
 */
int package_ensure(const struct package *package, struct oci_store *store,
		   const char *arch, bool offline, bool *built,
		   struct err *err) MUST_CHECK;
