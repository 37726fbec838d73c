/* SPDX-License-Identifier: Apache-2.0 */
/* What a name stands for at a registry, without fetching it. */
#pragma once

#include "cmd/lib/base/buf.h"
#include "cmd/lib/oci/descriptor.h"
#include "cmd/lib/oci/http.h"
#include "cmd/lib/oci/ref.h"
#include "cmd/lib/oci/registry.h"

/* { 0 } is empty; all is owned. */
struct oci_remote {
	bool found;
	struct oci_descriptor root;
	struct buf text; /* the manifest or index */
};

void oci_remote_release(struct oci_remote *remote);

/* One question. All borrowed. */
struct oci_remote_question {
	const struct oci_endpoint *endpoint;
	const struct oci_ref *ref;
	const char *actions; /* what else the login is for; NULL: "pull" */
};

/*
 * Asks; a name that is not there is an answer. FAULT_SYSTEM when the registry
 * cannot be reached or denies access, FAULT_TRUST when what it sends has not
 * the digest it should have.
 */
int oci_remote_ask(struct oci_remote *remote, struct oci_client *client,
		   const struct oci_remote_question *question,
		   struct err *err) MUST_CHECK;

/* The same where a fetch would ask: at the mirror, if there is one. */
int oci_remote_find(struct oci_remote *remote, struct oci_client *client,
		    const char *name, struct err *err) MUST_CHECK;
