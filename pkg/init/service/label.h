/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the kernel can do what a config.json wants of its security modules.
 * Runtimes differ here: some ignore in silence what they cannot set.
 */
#pragma once

#include "pkg/init/service/err.h"

/* What the running kernel says of its security modules. */
struct label_kernel {
	const char *modules; /* a list with commas */
	const char
		*profiles; /* AppArmor's, lines "NAME (MODE)"; NULL: unknown */
	const char *context; /* SELinux's of this process; NULL: unknown */
};

/*
 * Fails for process.selinuxLabel, linux.mountLabel or process.apparmorProfile
 * if the kernel has not the module, for a profile that it does not have, and
 * for a label while it has no policy. Pure.
 */
MUST_CHECK int label_check(const char *config,
			   const struct label_kernel *kernel, struct err *err);

/* The same for the config.json of a bundle and the running kernel. */
MUST_CHECK int label_check_bundle(const char *bundle, struct err *err);
