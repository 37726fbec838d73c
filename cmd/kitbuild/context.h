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

/*
 * Names of images as the store has them: those on this machine with their whole
 * path. FAULT_INPUT for what is no name.
 */
int context_names(const struct strv *said, struct strv *names,
		  struct err *err) MUST_CHECK;

/*
 * What --arch says, "arm64" or "linux/arm/v6", as the libraries spell it; this
 * machine's when it is NULL. The caller frees. FAULT_INPUT.
 */
int context_arch(const char *said, char **arch, struct err *err) MUST_CHECK;
