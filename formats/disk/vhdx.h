/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hyper-V's disk format ([MS-VHDX]): dynamic, blocks of 1 MiB, those of zeros
 * left out; logical and physical sectors of 512 bytes.
 */
#pragma once

#include "formats/disk/extents.h"

/* FAULT_INPUT for a disk of more than 64 TiB. */
int vhdx_write(const struct extents *disk, int fd, const char *name,
	       struct err *err) MUST_CHECK;
