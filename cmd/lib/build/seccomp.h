/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Profiles of system call filters, and the filter of one container
 * (runtime-spec 1.2.1, config-linux.md, Seccomp).
 */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/base/json.h"

/* A profile file may have as many bytes. */
#define SECCOMP_MAX_BYTES ((size_t)1 << 20)

/* What the conditions of a profile are asked about. Borrowed. */
struct seccomp_target {
	const char *arch;           /* as registries spell it: amd64 */
	const json_t *capabilities; /* the bounding set: a list, or NULL */
};

/* The profile that `seccomp: default` means. The caller owns it. */
json_t *seccomp_default(void);

/*
 * The `linux.seccomp` that a profile gives for the target. A profile has the
 * form of Docker's and podman's (archMap, conditions `includes` and
 * `excludes`), or is a plain `linux.seccomp` itself. Members that we do not
 * know are refused, since they could loosen or tighten what is meant.
 *
 * Which kernel will run is not known when an image is built: it is taken to be
 * newer than any `minKernel`.
 *
 * FAULT_INPUT says which member is wrong. The caller owns `*seccomp`.
 */
int seccomp_compile(json_t **seccomp, const json_t *profile,
		    const struct seccomp_target *target,
		    struct err *err) MUST_CHECK;
