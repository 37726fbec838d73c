/* SPDX-License-Identifier: Apache-2.0 */
/* The clusters of a qcow2 that are smaller as zstd frames. */
#pragma once

#include "formats/disk/blocks.h"

/* { .fd = -1 } is empty: no cluster is packed. */
struct qcow2_packed {
	uint16_t
		*sizes; /* owned; of each used cluster's frame, 0: no smaller */
	int fd;         /* owned; a temporary file with the frames in a row */
	uint64_t bytes; /* of all frames */
	uint64_t count; /* of frames */
};

void qcow2_packed_release(struct qcow2_packed *packed);

/* Packs the used clusters, which are 64 KiB long; pure but for a temporary
 * file. */
int qcow2_pack(struct qcow2_packed *packed, const struct blocks *blocks,
	       struct err *err) MUST_CHECK;
