/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU's disk format, version 3 (QEMU, docs/interop/qcow2.txt): clusters of
 * 64 KiB, not compressed. Clusters of zeros are left out.
 */
#pragma once

#include "formats/disk/extents.h"

/* Writes to a regular file or a pipe, from the first byte to the last. */
int qcow2_write(const struct extents *disk, int fd, const char *name,
		struct err *err) MUST_CHECK;
