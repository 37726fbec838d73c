/* SPDX-License-Identifier: Apache-2.0 */
/* Talking to hypervisors and helpers that run. */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/vm/child.h"
#include "cmd/lib/vm/recipe.h"

/* Asks the guest to power off, as the recipe says. FAULT_SYSTEM. */
int control_power_off(const struct recipe *recipe, const struct child *child,
		      struct err *err) MUST_CHECK;

/* HTTP/1.1; FAULT_SYSTEM unless the answer is one of success. */
int control_request(const struct recipe_request *request,
		    struct err *err) MUST_CHECK;

/* A socket where hypervisors can connect; nothing else may be there. */
int control_listen(int *fd, const char *path, struct err *err) MUST_CHECK;
