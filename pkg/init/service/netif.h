/* SPDX-License-Identifier: Apache-2.0 */
/* Network interfaces for containers, through rtnetlink(7). */
#pragma once

#include <sys/types.h>

#include "pkg/init/service/runtime.h"

/* Creates or moves one interface as runtime.json says. */
MUST_CHECK int netif_prepare(const struct runtime_interface *interface,
			     pid_t pid, struct err *err);
