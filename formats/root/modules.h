/* SPDX-License-Identifier: Apache-2.0 */
/*
 * depmod's text indexes (modules.dep(5), modules.alias), cut down to some
 * modules and what they need. The texts come from images; they are only ever
 * copied in part, line by line. In names '-' and '_' are the same.
 */
#pragma once

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/strv.h"

/*
 * Adds the paths of the modules that are wanted, a list that ends in NULL, and
 * of all that they need, in the order of modules.dep, each once.
 */
void modules_choose(struct strv *paths, const char *dep,
		    const char *const *wanted);

/* Appends the lines of modules.dep and modules.alias for these paths. */
void modules_cut_dep(struct buf *out, const char *dep,
		     const struct strv *paths);
void modules_cut_alias(struct buf *out, const char *alias,
		       const struct strv *paths);

/* Does a text of paths, one a line, name that module? */
bool modules_listed(const char *builtin, const char *name);
