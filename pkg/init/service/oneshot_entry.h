/* SPDX-License-Identifier: Apache-2.0 */
/* One container that runs to its end. */
#pragma once

#include "pkg/init/service/bundle.h"
#include "pkg/init/service/oneshot.h"

struct entry {
	const struct oneshot *oneshot;
	const char *name;
	struct bundle bundle;
	bool debug;
	bool console;
};

/*
 * Reads the bundle, runs it, takes it down again. Fails too if the container
 * did, or was not done in time. Release entry->bundle in any case.
 */
MUST_CHECK int entry_run(struct entry *entry, struct err *err);
