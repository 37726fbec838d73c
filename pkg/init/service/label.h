/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the kernel can do what a config.json wants of its security modules.
 * Runtimes differ here: some ignore in silence what they cannot set.
 */
#pragma once

#include "pkg/init/service/err.h"

/*
 * Fails for process.selinuxLabel, linux.mountLabel or process.apparmorProfile
 * if the module is not in modules, a list with commas, and for a profile that
 * is not in profiles, lines of the form "NAME (MODE)"; NULL: not known. Pure.
 */
MUST_CHECK int label_check(const char *config, const char *modules,
			   const char *profiles, struct err *err);

/* The same for the config.json of a bundle and the running kernel. */
MUST_CHECK int label_check_bundle(const char *bundle, struct err *err);
