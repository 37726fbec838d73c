/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system use fields of Rock Ridge (SUSP 1.10, RRIP 1.10), one behind the
 * other in a buffer; each says its length in its third byte.
 */
#pragma once

#include "cmd/lib/base/buf.h"
#include "formats/disk/iso9660.h"

#define SUSP_CE_BYTES 28

/* Seven bytes of local time, ECMA-119, 9.1.5; years 1900 to 2155. */
void iso_put_date(uint8_t to[7], int64_t seconds);

/* What an entry of a directory says of a node; `name` NULL for "." and "..". */
void rockridge_add(struct buf *fields, const struct iso_node *node,
		   const char *name);
/* What the root says of itself: that there is Rock Ridge. */
void rockridge_add_root(struct buf *fields);

/*
 * How many bytes of whole fields fit into `room`, with room left for a field CE
 * unless it is all of them.
 */
size_t rockridge_fit(const uint8_t *fields, size_t size, size_t room);

/* A field CE: where it goes on. */
void rockridge_put_continuation(uint8_t to[SUSP_CE_BYTES], uint64_t offset,
				size_t size);

/* A number in both orders, as ECMA-119 has most of them. */
void put_both16(uint8_t *to, uint16_t value);
void put_both32(uint8_t *to, uint32_t value);
