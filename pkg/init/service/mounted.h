/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was mounted for a service at places outside of its bundle: a file of
 * lines in /run, so that it is known to whoever takes the service down.
 */
#pragma once

#include "pkg/init/service/err.h"

/* A mount at this path is the newest. No record (NULL): it stays for ever. */
MUST_CHECK int mounted_add(const char *record, const char *path,
			   struct err *err);

/* Unmounts the newest first, and forgets them. */
void mounted_undo(const char *record);
