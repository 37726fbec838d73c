/* SPDX-License-Identifier: Apache-2.0 */
/* References to images: "redis:7", "oci:layout" and what they stand for. */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/base/sha256.h"

#include <stdbool.h>

/* Where an image is. */
enum oci_source {
	OCI_SOURCE_REGISTRY,
	OCI_SOURCE_LAYOUT,         /* oci:PATH[:IMAGE], oci-archive: the same */
	OCI_SOURCE_DOCKER_ARCHIVE, /* docker-archive:PATH[:IMAGE] */
	OCI_SOURCE_DOCKER_DAEMON,  /* docker-daemon:IMAGE */
};

/*
 * { 0 } is none. All text is owned. Of what is no registry's only name, path
 * and image are set.
 */
struct oci_ref {
	char *name;       /* whole, expanded: docker.io/library/redis:7 */
	char *registry;   /* docker.io, localhost:5000 */
	char *repository; /* library/redis */
	char *tag;        /* NULL when none was written */
	struct digest digest;
	bool has_digest;
	enum oci_source source;
	char *path;  /* NULL: the daemon's */
	char *image; /* which of several; NULL: the only one */
};

/*
 * Expands a reference as LinuxKit does (docker.io/ and library/ are supplied,
 * :latest is not: it would be another name in the cache) and checks it against
 * the grammar of the OCI distribution-spec, "Pulling manifests". Expanding an
 * expanded name changes nothing. FAULT_INPUT says what is wrong with `text`.
 *
 * A text that begins with oci:, oci-archive:, docker-archive: or
 * docker-daemon: names an image on this machine, as skopeo has it: an image
 * "oci" of Docker Hub is docker.io/library/oci. The path ends at the first
 * colon; its name is what is written, and the daemon's image expanded.
 */
int oci_ref_parse(struct oci_ref *ref, const char *text,
		  struct err *err) MUST_CHECK;

/* The same, but FAULT_INPUT for what is no name at a registry. */
int oci_ref_parse_remote(struct oci_ref *ref, const char *text,
			 struct err *err) MUST_CHECK;

void oci_ref_release(struct oci_ref *ref);
