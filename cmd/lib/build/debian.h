/* SPDX-License-Identifier: Apache-2.0 */
/* Files of Debian packages, resolved and verified by mmdebstrap and apt. */
#pragma once

#include "cmd/lib/base/strv.h"
#include "cmd/lib/image/image.h"
#include "yml/pkgfile.h"

/*
 * Puts the files of the packages and of all they depend on into the tree, in
 * the order of the packages' names, with the owners, modes and times that the
 * packages state; no maintainer script runs. Needs no root. Manual pages,
 * translations and the like are left out; copyright files stay. Appends
 * "name=version" of each package to `versions`.
 */
int debian_unpack(struct tree *tree, struct spool *spool,
		  const struct debian *debian, const char *arch,
		  struct strv *versions, struct err *err) MUST_CHECK;
