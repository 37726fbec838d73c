/* SPDX-License-Identifier: Apache-2.0 */
/* One .deb file: deb(5), an ar archive of control.tar.* and data.tar.*. */
#pragma once

#include "cmd/lib/base/strv.h"
#include "cmd/lib/image/image.h"

/* Where packages go. All borrowed. */
struct deb_target {
	struct tree *tree;
	struct spool *spool;
	struct strv *versions; /* gets "package=version" of each */
	struct strv *controls; /* gets the control file of each */
};

/* Applies data.tar to the tree. FAULT_INPUT when the file is no package. */
int deb_unpack(const struct deb_target *target, const char *path,
	       struct err *err) MUST_CHECK;
