/* SPDX-License-Identifier: Apache-2.0 */
/* What is mounted before anything else runs. */
#pragma once

#include <stdbool.h>

/* Makes the mount points an image may lack, while / can be written. */
void mounts_points(void);

/* /dev first, so that messages find the kernel log and the console. */
int mounts_dev(void);

/* /proc, for the kernel command line. */
int mounts_proc(void);

/* /sys, where a disk is looked for before the rest is there. */
int mounts_sys(void);

/* The table of file systems, then folders, nodes and links on them. */
void mounts_system(const char *cmdline);

/* The control groups: one tree, or one per controller if asked for. */
void mounts_cgroups(const char *cmdline);

/* Lets mounts made later reach the containers that share them. */
void mounts_share(void);
