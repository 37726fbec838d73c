/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places inside a container's root, which may hold links that point anywhere:
 * each part of a path is resolved below the root, as if it were "/".
 */
#pragma once

#include <stdbool.h>

#include "pkg/init/service/err.h"

#define INROOT_PATH_BYTES 40

/*
 * A path for calls that take no descriptor. It names what the descriptor was
 * opened on: after a mount there, open the place again.
 */
void inroot_path(char path[INROOT_PATH_BYTES], int fd);

/* A descriptor (O_PATH) of the place, or -1. */
int inroot_open(int root, const char *path);

/*
 * The same; what of the path is missing is made: folders (0755), and a file
 * (0644) at its end if that is asked for.
 */
MUST_CHECK int inroot_make(int root, const char *path, bool file,
			   struct err *err);
