/* SPDX-License-Identifier: Apache-2.0 */
/* One .deb file: deb(5), an ar archive of control.tar.* and data.tar.*. */
#pragma once

#include "cmd/lib/base/strv.h"
#include "cmd/lib/image/image.h"

/*
 * Applies data.tar to the tree and appends "package=version" to `versions`.
 * FAULT_INPUT when the file is no package.
 */
int deb_unpack(struct tree *tree, struct spool *spool, const char *path,
	       struct strv *versions, struct err *err) MUST_CHECK;
