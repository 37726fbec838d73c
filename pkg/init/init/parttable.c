/* SPDX-License-Identifier: Apache-2.0 */
/* GPT (UEFI 2.10, section 5.3) and MBR, as far as they name partitions. */
#include "pkg/init/init/parttable.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define MAX_ENTRIES 1024
#define MAX_ENTRY_BYTES 4096
#define MAX_LBA ((uint64_t)1 << 40)

static uint64_t le(const uint8_t *from, size_t size)
{
	uint64_t value = 0;

	while (size-- > 0)
		value = value << 8 | from[size];
	return value;
}

bool gpt_entry_place(const uint8_t *header, uint32_t sector_bytes,
		     unsigned number, uint64_t *offset)
{
	uint64_t lba = le(header + 72, 8);
	uint64_t count = le(header + 80, 4);
	uint64_t entry_bytes = le(header + 84, 4);

	if (memcmp(header, "EFI PART", 8) != 0 || lba > MAX_LBA ||
	    count > MAX_ENTRIES || entry_bytes < 128 ||
	    entry_bytes > MAX_ENTRY_BYTES || number == 0 || number > count)
		return false;
	*offset = lba * sector_bytes + (number - 1) * entry_bytes;
	return true;
}

void gpt_entry_uuid(const uint8_t *entry, char text[PARTUUID_BYTES])
{
	const uint8_t *own = entry + 16;

	(void)snprintf(text, PARTUUID_BYTES, "%08x-%04x-%04x-%02x%02x-%08x%04x",
		       (unsigned)le(own, 4), (unsigned)le(own + 4, 2),
		       (unsigned)le(own + 6, 2), own[8], own[9],
		       (unsigned)own[10] << 24 | (unsigned)own[11] << 16 |
			       (unsigned)own[12] << 8 | own[13],
		       (unsigned)own[14] << 8 | own[15]);
}

bool mbr_uuid(const uint8_t *sector, unsigned number, char text[PARTUUID_BYTES])
{
	if (sector[510] != 0x55 || sector[511] != 0xaa || sector[450] == 0xee)
		return false;
	(void)snprintf(text, PARTUUID_BYTES, "%08x-%02x",
		       (unsigned)le(sector + 440, 4), number & 0xff);
	return true;
}
