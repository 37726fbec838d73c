/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Microsoft's older disk format ("Virtual Hard Disk Image Format
 * Specification", 1.0), fixed and dynamic. The disk is a multiple of 512 bytes
 * and smaller than 2 TiB; FAULT_INPUT else.
 */
#pragma once

#include "formats/disk/extents.h"

/* The disk as it is, and a footer: what Azure takes. Holes stay holes. */
int vhd_write_fixed(const struct extents *disk, int fd, const char *name,
		    struct err *err) MUST_CHECK;

/* Blocks of 2 MiB, those of zeros left out. */
int vhd_write_dynamic(const struct extents *disk, int fd, const char *name,
		      struct err *err) MUST_CHECK;
