/* SPDX-License-Identifier: Apache-2.0 */
/* The store and the registry client, as the global options want them. */
#pragma once

#include "cmd/kitbuild/verb.h"
#include "cmd/lib/oci/registry.h"
#include "cmd/lib/oci/store.h"

/* { 0 } is closed. */
struct context {
	char *cache_path;
	struct oci_store *store;
	struct oci_client *client;
};

int context_open(struct context *context, const struct global_options *global,
		 struct err *err) MUST_CHECK;
/* The client alone; oci_client_free frees it. */
int context_open_client(struct oci_client **client,
			const struct global_options *global,
			struct err *err) MUST_CHECK;
void context_release(struct context *context);

/* The machine's architecture as registries spell it. */
const char *context_host_arch(void);
