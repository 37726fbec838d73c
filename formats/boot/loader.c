/* SPDX-License-Identifier: Apache-2.0 */
/* The BIOS loader as bytes, which the Makefile makes of its sources. */
#include "formats/boot/loader.h"

#include <string.h>

#include "formats/boot/bios/params.h"
#include "formats/disk/bytes.h"

static const uint8_t mbr[] = {
#include <mbr.inc>
};
static const uint8_t eltorito[] = {
#include <eltorito.inc>
};
static const uint8_t stage2[] = {
#include <stage2.inc>
};
_Static_assert(sizeof(mbr) == 440, "the boot code of an MBR");
_Static_assert(sizeof(eltorito) == ELTORITO_STUB_BYTES, "stage 2 at 8000h");
_Static_assert(sizeof(stage2) % 512 == 0, "stage 2 is read in sectors");
_Static_assert(sizeof(stage2) <= STAGE2_MAX_BYTES, "stage 2 below its buffer");

#define PARAM(member) (STAGE2_PARAMS + offsetof(struct loader_params, member))
#define MAX_PART_BYTES ((uint64_t)UINT32_MAX - 65536)

size_t loader_stage2_bytes(void)
{
	return sizeof(stage2);
}

int loader_put_stage2(uint8_t *to, const struct loader_targets *targets,
		      struct err *err)
{
	size_t length = strlen(targets->command_line);

	if (length >= COMMAND_LINE_MAX)
		return err_set(
			err, FAULT_INPUT,
			"the kernel's command line has %zu characters, and a kernel for a PC takes at most %d",
			length, COMMAND_LINE_MAX - 1);
	if (targets->kernel_bytes > MAX_PART_BYTES ||
	    targets->initrd_bytes > MAX_PART_BYTES)
		return err_set(
			err, FAULT_INPUT,
			"a BIOS can start no kernel or initrd of 4 GiB or more");
	memcpy(to, stage2, sizeof(stage2));
	put_le64(to + PARAM(kernel_offset), targets->kernel_offset);
	put_le64(to + PARAM(initrd_offset), targets->initrd_offset);
	put_le32(to + PARAM(kernel_bytes), (uint32_t)targets->kernel_bytes);
	put_le32(to + PARAM(initrd_bytes), (uint32_t)targets->initrd_bytes);
	memcpy(to + PARAM(command_line), targets->command_line, length + 1);
	return 0;
}

void loader_put_mbr(uint8_t *to, uint64_t stage2_lba)
{
	memcpy(to, mbr, sizeof(mbr));
	put_le16(to + MBR_PACKET_COUNT, sizeof(stage2) / 512);
	put_le64(to + MBR_PACKET_LBA, stage2_lba);
}

size_t loader_eltorito_bytes(void)
{
	return sizeof(eltorito) + sizeof(stage2);
}

void loader_put_eltorito_stub(uint8_t *to)
{
	memcpy(to, eltorito, sizeof(eltorito));
}
