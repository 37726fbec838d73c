/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images on this machine: OCI image layouts (image-spec, image-layout.md) as
 * folders and tars, archives of `docker save`, and the Docker daemon.
 */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/oci/ref.h"
#include "cmd/lib/oci/registry.h"

/*
 * Brings the blobs of what the reference means now into the store; `root` is
 * what the name is to stand for, and owned. Nothing is copied when the
 * store has it: what counts is the digest of the index or config, not a time.
 * Nothing in an archive names a file: digests and names are only compared.
 *
 * FAULT_INPUT when it is not there or no image, FAULT_TRUST when content has
 * another digest than it should have, FAULT_SYSTEM when the daemon cannot be
 * asked. Names stay as they were.
 */
int oci_source_bring(struct oci_store *store, struct oci_client *client,
		     const struct oci_ref *ref, struct oci_descriptor *root,
		     struct err *err) MUST_CHECK;

/*
 * The reference with the whole path in it: relative ones begin at `folder`, or,
 * when that has no such file, at the working directory. `folder` may be NULL.
 * Other references stay as they are. The caller frees. FAULT_INPUT.
 */
int oci_source_locate(const char *text, const char *folder, char **located,
		      struct err *err) MUST_CHECK;
