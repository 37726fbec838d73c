/* SPDX-License-Identifier: Apache-2.0 */
/* Files of Debian packages, resolved and verified by mmdebstrap and apt. */
#pragma once

#include "cmd/lib/build/deb.h"
#include "yml/pkgfile.h"

/* Are they fetched from elsewhere than this machine's disks? */
bool debian_is_remote(const struct debian *debian);

/*
 * Puts the files of the packages and of all they depend on into the tree, in
 * the order of the packages' names, with the owners, modes and times that the
 * packages state; no maintainer script runs. Needs no root. Manual pages,
 * translations and the like are left out; copyright files stay.
 */
int debian_unpack(const struct deb_target *target, const struct debian *debian,
		  const char *arch, struct err *err) MUST_CHECK;
