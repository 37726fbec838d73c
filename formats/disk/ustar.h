/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Archives of a few large files, such as clouds take (POSIX.1-1988 ustar, with
 * GNU's numbers where a size passes 8 GiB): mode 0644, owner 0, the time that
 * all of a build has.
 */
#pragma once

#include "formats/disk/extents.h"

/* `name` has at most 99 bytes. */
int ustar_add(struct writer *to, const char *name,
	      const struct extents *content, struct err *err) MUST_CHECK;

/* The same, without its holes (GNU tar, "Old GNU Format"). */
int ustar_add_sparse(struct writer *to, const char *name,
		     const struct extents *content, struct err *err) MUST_CHECK;

/* A file in memory. */
int ustar_add_text(struct writer *to, const char *name, const void *text,
		   size_t size, struct err *err) MUST_CHECK;

int ustar_end(struct writer *to, struct err *err) MUST_CHECK;
