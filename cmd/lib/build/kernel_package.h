/* SPDX-License-Identifier: Apache-2.0 */
/* A distribution's kernel files as a LinuxKit-style kernel image. */
#pragma once

#include "cmd/lib/image/image.h"

/*
 * Turns a tree with boot/vmlinuz-VERSION and lib/modules/VERSION into one with
 * `kernel` and `kernel.tar`; the latter holds the modules and what depmod(8)
 * makes of them (modules.dep, modules.alias, ...), and as boot/dtb/ the device
 * trees that Debian has in usr/lib/linux-image-VERSION. `*version` is the
 * kernel's, owned by the caller. FAULT_INPUT unless there is exactly one
 * kernel.
 */
int kernel_package(struct tree *kernel_tree, struct tree *from,
		   struct spool *spool, char **version,
		   struct err *err) MUST_CHECK;
