/* SPDX-License-Identifier: Apache-2.0 */
/* References to images: "redis:7" and what it stands for. */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/base/sha256.h"

#include <stdbool.h>

/* { 0 } is none. All text is owned. */
struct oci_ref {
	char *name;       /* whole, expanded: docker.io/library/redis:7 */
	char *registry;   /* docker.io, localhost:5000 */
	char *repository; /* library/redis */
	char *tag;        /* NULL when none was written */
	struct digest digest;
	bool has_digest;
};

/*
 * Expands a reference as LinuxKit does (docker.io/ and library/ are supplied,
 * :latest is not: it would be another name in the cache) and checks it against
 * the grammar of the OCI distribution-spec, "Pulling manifests". Expanding an
 * expanded name changes nothing. FAULT_INPUT says what is wrong with `text`.
 */
int oci_ref_parse(struct oci_ref *ref, const char *text,
		  struct err *err) MUST_CHECK;

void oci_ref_release(struct oci_ref *ref);
