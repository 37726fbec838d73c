/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the pieces of the BIOS loader stand, and what the builder writes into
 * them. Also read by the assembler.
 */
#pragma once

/* mbr.S: its disk address packet (EDD-4, int 13h function 42h). */
#define MBR_PACKET 416
#define MBR_PACKET_COUNT (MBR_PACKET + 2) /* 16 bits: sectors of stage 2 */
#define MBR_PACKET_LBA (MBR_PACKET + 8)   /* 64 bits: its first sector */

/* Stage 2 runs here; the MBR loads it to this place. */
#define STAGE2_ADDRESS 0x8000
#define STAGE2_MAX_BYTES 0x6000
#define STAGE2_MAGIC 0x3247424b /* "KBG2", at offset 4 */

/* El Torito loads to 7C00h: what stands before stage 2 in its image. */
#define ELTORITO_STUB_BYTES 1024

/* Offsets in stage 2. All places are bytes from the start of the medium, and
 * multiples of the 2048 bytes that a sector of a CD has. */
#define STAGE2_PARAMS 8
#define COMMAND_LINE_MAX 2048 /* with the NUL: as much as x86 kernels take */

#ifndef __ASSEMBLER__
#include <stdint.h>

struct loader_params {
	uint64_t kernel_offset;
	uint64_t initrd_offset;
	uint32_t kernel_bytes;
	uint32_t initrd_bytes;
	char command_line[COMMAND_LINE_MAX];
};
_Static_assert(sizeof(struct loader_params) == 24 + COMMAND_LINE_MAX,
	       "no padding: the builder writes it on any host");
#endif
