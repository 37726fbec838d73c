/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU's disk format, version 3 (QEMU, docs/interop/qcow2.txt): clusters of
 * 64 KiB. Clusters of zeros are left out.
 */
#pragma once

#include "formats/disk/extents.h"

/* Writes to a regular file or a pipe, from the first byte to the last. */
int qcow2_write(const struct extents *disk, int fd, const char *name,
		struct err *err) MUST_CHECK;

/*
 * The same with clusters as zstd frames (compression type 1, QEMU 5.1 and
 * later) where those are smaller: for the way, since it is slower to read.
 */
int qcow2_zstd_write(const struct extents *disk, int fd, const char *name,
		     struct err *err) MUST_CHECK;
