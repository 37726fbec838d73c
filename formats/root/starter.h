/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small initrd that finds a root on a disk (docs/boot-contract.md, section
 * 11): the image's own /init, and out of its kernel's modules those that drive
 * disks and the root's file system.
 */
#pragma once

#include "formats/root/root.h"

/*
 * Why the image cannot start from a root of that kind, as a sentence for people
 * in `*obstacle`, which is NULL when it can; the caller frees it.
 */
int starter_check(struct image *image, enum root_kind kind, char **obstacle,
		  struct err *err) MUST_CHECK;

/*
 * Disks that the image's kernel has no driver for, "SATA or USB"; `*disks` is
 * NULL when there are none, and the caller frees it.
 */
int starter_out_of_reach(struct image *image, char **disks,
			 struct err *err) MUST_CHECK;

/* Fills an image that was made ready. The image has passed starter_check. */
int starter_make(struct image *starter, struct image *image,
		 struct err *err) MUST_CHECK;
