/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms: which processors an image is made for. Pure. */
#pragma once

#include "cmd/lib/base/err.h"

#include <stdbool.h>

/* { 0 } is none. Owned. */
struct oci_platform {
	char *arch;    /* as Go names it: amd64, arm64, arm */
	char *variant; /* v6, v7; NULL: the usual one */
};

void oci_platform_release(struct oci_platform *platform);

/*
 * Reads "arm64", "arm64/v8", "linux/arm/v6" or another name of the same
 * (aarch64, x86_64, armhf). As containerd has it, the usual variants arm/v7,
 * arm64/v8 and amd64/v1 are not told. FAULT_INPUT for what is not linux.
 */
int oci_platform_parse(struct oci_platform *platform, const char *text,
		       struct err *err) MUST_CHECK;

/* "arm64" or "arm/v6", which parses to the same. The caller frees. */
char *oci_platform_text(const struct oci_platform *platform);

/* What an image says it is made for; all may be NULL, and are borrowed. */
struct oci_made_for {
	const char *os, *arch, *variant;
};

/*
 * How well an image suits: 0 is not at all, more is better. An older variant
 * suits a newer processor; a newer one is taken only when none was asked for.
 */
unsigned oci_platform_rank(const struct oci_platform *platform,
			   const struct oci_made_for *image);

/* Is it for just that: os, architecture and, when told, variant? */
bool oci_platform_is(const char *text, const struct oci_made_for *image);
