/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a disk's partition table calls its partitions: kernels before 6.11 do
 * not tell. Pure: no system calls.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PARTUUID_BYTES 37

/*
 * The entry of partition `number` (from 1), in bytes from the start of a disk
 * with sectors of this size, out of the sector with the GPT's header. False if
 * it is no GPT or has no such entry.
 */
bool gpt_entry_place(const uint8_t *header, uint32_t sector_bytes,
		     unsigned number, uint64_t *offset);

/* The GUID of an entry's 32 bytes, in lower case. */
void gpt_entry_uuid(const uint8_t *entry, char text[PARTUUID_BYTES]);

/*
 * "1234abcd-02", out of the first 512 bytes of a disk. False if it has no MBR
 * or only the one that protects a GPT.
 */
bool mbr_uuid(const uint8_t *sector, unsigned number,
	      char text[PARTUUID_BYTES]);
