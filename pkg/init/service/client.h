/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the supervisor. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "pkg/init/service/err.h"

/* True if there is one. */
bool client_reaches(void);

/*
 * Each prints what came of it; 0 or an exit status. verb is start, stop or
 * restart.
 */
int client_ask(const char *verb, const char *name);
int client_list(const char *name, bool as_json);
int client_down(void);

/*
 * The first process of a service, 0 if it has none, and the name of its engine.
 */
MUST_CHECK int client_find(const char *name, pid_t *pid, char *engine,
			   size_t size, struct err *err);
