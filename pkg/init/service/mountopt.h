/* SPDX-License-Identifier: Apache-2.0 */
/* Mount options by name, as in fstab and runtime.json. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define MOUNT_DATA_BYTES 4096

/* The two or three mount(2) calls that a list of options stands for. */
struct mount_plan {
	unsigned long flags;       /* of the mount, without the bits below */
	unsigned long bind;        /* MS_BIND, maybe MS_REC, or 0 */
	unsigned long propagation; /* one kind, maybe MS_REC, or 0 */
	bool remount;
	char data[MOUNT_DATA_BYTES]; /* what no table knows, with commas */
};

void mount_plan_init(struct mount_plan *plan);

/* Adds one option; false if the data gets too long. */
bool mount_plan_add(struct mount_plan *plan, const char *option);
