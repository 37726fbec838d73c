/* SPDX-License-Identifier: Apache-2.0 */
/* The architectures and their firmware. */
#include "formats/boot/target.h"

#include <string.h>

#include "cmd/lib/base/mem.h"

#define STUBS "/usr/lib/systemd/boot/efi/"

static const struct boot_target targets[] = {
	{
		.arch = "amd64",
		.machine = PE_MACHINE_AMD64,
		.stub = STUBS "linuxx64.efi.stub",
		.program = "EFI/BOOT/BOOTX64.EFI",
		.root_type = "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709",
		.bios = true,
	},
	{
		.arch = "arm64",
		.machine = PE_MACHINE_ARM64,
		.stub = STUBS "linuxaa64.efi.stub",
		.program = "EFI/BOOT/BOOTAA64.EFI",
		.root_type = "B921B045-1DF0-41C3-AF44-4C6F280D3FAE",
	},
};

int boot_target_find(const struct boot_target **target, const char *arch,
		     struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(targets); i++)
		if (strcmp(targets[i].arch, arch) == 0) {
			*target = &targets[i];
			return 0;
		}
	return err_set(
		err, FAULT_INPUT,
		"boot media are made for amd64 and arm64, and this image is for %s",
		arch);
}
