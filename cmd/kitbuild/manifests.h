/* SPDX-License-Identifier: Apache-2.0 */
/* The manifests of a command line, and the plan they make. */
#pragma once

#include "cmd/kitbuild/context.h"
#include "cmd/lib/build/build.h"

/* All borrowed. */
struct manifests_request {
	const struct strv *paths; /* files, URLs, or "-"; not empty */
	const char *arch;
	const struct global_options *global;
	bool no_lock; /* take no notice of a lock file */
};

/* { 0 } is empty; it must not move while it is in use. */
struct manifests {
	struct manifest *parts; /* owned */
	size_t count;
	struct manifest merged;
	struct plan plan;
	struct lock lock;
	char *lock_path; /* owned; NULL when there can be none */
	bool has_lock;
};

void manifests_release(struct manifests *manifests);

/*
 * Reads, merges and checks the manifests and plans the build. When there is a
 * lock file beside the last one, NAME.lock for NAME.yml, images are taken by
 * its digests.
 */
int manifests_read(struct manifests *manifests,
		   const struct manifests_request *request,
		   struct err *err) MUST_CHECK;

bool manifest_is_url(const char *path);

/* "images/web.yml" gives "web". The caller's to free. */
char *manifest_base_name(const char *path);
