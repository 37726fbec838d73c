/* SPDX-License-Identifier: Apache-2.0 */
/* A run that goes on in the background. */
#pragma once

#include "cmd/lib/base/err.h"

#include <stdbool.h>

/*
 * Goes on in a process of its own, whose output is the file `log`. In the one
 * that was there before, `*is_parent` is true as soon as detach_tell was called
 * in the other; when that fails, or ends before, this does, too.
 */
int detach(const char *log, bool *is_parent, int *tell_fd,
	   struct err *err) MUST_CHECK;

/* What went wrong; NULL: all is well. Closes the descriptor, if it is one. */
void detach_tell(int *tell_fd, const struct err *wrong);
