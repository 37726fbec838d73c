/* SPDX-License-Identifier: Apache-2.0 */
/* From a manifest to an image: fetch what it names, assemble the root. */
#pragma once

#include "cmd/lib/build/plan.h"
#include "cmd/lib/build/sbom.h"
#include "cmd/lib/image/image.h"
#include "cmd/lib/oci/registry.h"

/* All borrowed. */
struct build {
	const struct manifest *manifest;
	const struct plan *plan;
	struct oci_store *store;
	struct oci_client *client;
	const char *arch; /* as registries spell it: amd64, arm64, riscv64 */
	bool pull;        /* ask the registry even for what is there */
	bool offline;     /* build no package that needs the network */
	bool decompress_kernel; /* put the kernel proper into boot/kernel */
	const struct val_list
		*policy;   /* rules beside the manifest's; or NULL */
	struct sbom *sbom; /* NULL: the image gets none */
};

/*
 * Lets the plan take from the Docker daemon what it has for the architecture,
 * as LinuxKit's --docker does: not packages, not what has a digest, nor what
 * goes into a volume of format oci. That Docker cannot be asked or has nothing
 * that fits is no error: the image then comes from where it would otherwise.
 */
void build_use_docker(const struct build *build, struct plan *plan);

/*
 * Brings every image of the plan into the store: packages are built when it
 * lacks them, the others are fetched.
 */
int build_fetch(const struct build *build, struct err *err) MUST_CHECK;

/*
 * Assembles the root in LinuxKit's order: kernel, init, volumes, onboot,
 * onshutdown, services, files, SBOM. `image` comes from image_init. Every blob
 * is verified while it is read. A damaged one is fetched or built again as by
 * build_fetch, once, and the assembly begins anew; FAULT_TRUST when that fails.
 */
int build_assemble(const struct build *build, struct image *image,
		   struct err *err) MUST_CHECK;
