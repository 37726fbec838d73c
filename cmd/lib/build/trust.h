/* SPDX-License-Identifier: Apache-2.0 */
/* The policy of a build: which images it takes. */
#pragma once

#include "cmd/lib/build/build.h"

/*
 * Checks what needs no image: that none is rejected or lacks a digest. Packages
 * are built here from sources that are named, and no rule is for them.
 * FAULT_TRUST with the place of the reference and that of the rule.
 */
int trust_check_names(const struct build *build, struct err *err) MUST_CHECK;

/* Checks the signatures of images that are in the store. */
int trust_check_signatures(const struct build *build,
			   struct err *err) MUST_CHECK;
