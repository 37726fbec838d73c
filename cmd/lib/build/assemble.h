/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of an assembly, one file each. */
#pragma once

#include "cmd/lib/build/build.h"
#include "cmd/lib/build/flatten.h"

/* An image of the plan, out of the store. */
int assemble_load(const struct build *build,
		  const struct planned_image *planned, struct oci_image *image,
		  struct err *err) MUST_CHECK;

/* Takes a flattened image into the SBOM, where one is wanted. */
int assemble_note(const struct build *build, struct image *image,
		  const struct sbom_input *input, struct err *err) MUST_CHECK;

/* Flattens and filters an image and puts it below `path` of the root. */
int assemble_unpack(const struct build *build, struct image *image,
		    const struct planned_image *planned, const char *path,
		    enum flatten_for purpose, struct err *err) MUST_CHECK;

/* boot/kernel, boot/cmdline, boot/ucode.cpio and the content of kernel.tar. */
int assemble_kernel(const struct build *build, struct image *image,
		    struct err *err) MUST_CHECK;

/* The bundles below containers/<section>. */
int assemble_section(const struct build *build, struct image *image,
		     enum section section, struct err *err) MUST_CHECK;
