/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VMware's disk format for transport, stream-optimized ("Virtual Disk Format
 * 5.0"): grains of 64 KiB, deflated, those of zeros left out; written from the
 * first byte to the last.
 */
#pragma once

#include "formats/disk/extents.h"

/* FAULT_INPUT for a disk of more than 62 TiB. */
int vmdk_write(const struct extents *disk, int fd, const char *name,
	       struct err *err) MUST_CHECK;
