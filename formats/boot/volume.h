/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The FAT volume that a medium starts from. For UEFI it holds the unified
 * kernel image under the name that firmware looks for (UEFI 2.10, section
 * 3.5.1.1), and our BIOS loader reads the kernel out of that same file. For a
 * BIOS alone it holds kernel, initrd and command line as files.
 */
#pragma once

#include "formats/boot/payload.h"

enum firmware {
	FIRMWARE_BIOS = 1,
	FIRMWARE_EFI = 2,
	FIRMWARE_BOTH = FIRMWARE_BIOS | FIRMWARE_EFI,
};

/*
 * Leaves of `*firmware` what the target has. FAULT_INPUT when that is nothing.
 */
int boot_firmware(enum firmware *firmware, const struct boot_target *target,
		  struct err *err) MUST_CHECK;

struct boot_volume {
	struct extents volume;
	/* Where they are in the volume; multiples of 2048. */
	uint64_t kernel_offset, initrd_offset;
};

struct boot_volume_options {
	enum firmware firmware;
	const char *efi_stub; /* see uki_make; not looked at without UEFI */
	uint64_t start_lba;   /* of the volume on its disk */
	uint64_t min_bytes;   /* for example FAT32_MIN_BYTES */
};

void boot_volume_release(struct boot_volume *volume);

/* As large as what is in it needs. Faults: see uki_make and fat_fit. */
int boot_volume_make(struct boot_volume *volume, const struct payload *payload,
		     const struct boot_volume_options *options,
		     struct err *err) MUST_CHECK;
