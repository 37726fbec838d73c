/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VirtualBox's disk format, version 1.1 (VirtualBox, VDICore.h): dynamic,
 * blocks of 1 MiB, those of zeros left out.
 */
#pragma once

#include "formats/disk/extents.h"

int vdi_write(const struct extents *disk, int fd, const char *name,
	      struct err *err) MUST_CHECK;
