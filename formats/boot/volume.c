/* SPDX-License-Identifier: Apache-2.0 */
/* The FAT volume that a medium starts from. */
#include "formats/boot/volume.h"

#include <string.h>

#include "formats/disk/fat.h"

enum { KERNEL, INITRD, COMMAND_LINE, BIOS_FILES };

int boot_firmware(enum firmware *firmware, const struct boot_target *target,
		  struct err *err)
{
	if (target->bios)
		return 0;
	*firmware &= ~(unsigned)FIRMWARE_BIOS;
	if (*firmware)
		return 0;
	return err_set(err, FAULT_INPUT, "%s has no BIOS, only UEFI",
		       target->arch);
}

void boot_volume_release(struct boot_volume *volume)
{
	extents_release(&volume->volume);
}

static struct fat start_fat(const struct payload *payload,
			    const struct boot_volume_options *options)
{
	return (struct fat){
		.label = "LINUXKIT",
		.start_lba = options->start_lba,
		.seed = payload->seed,
	};
}

static int make_fat(struct boot_volume *volume, struct fat *fat,
		    uint64_t min_bytes, struct err *err)
{
	if (fat_fit(fat, min_bytes, err) < 0 ||
	    fat_make(&volume->volume, fat, err) < 0)
		return -1;
	return 0;
}

static int make_with_uki(struct boot_volume *volume,
			 const struct payload *payload,
			 const struct boot_volume_options *options,
			 struct err *err)
{
	struct fat fat = start_fat(payload, options);
	struct fat_file file = { .path = payload->target->program };
	SCOPED(uki) uki = { 0 };
	int status;

	if (uki_make(&uki, payload, options->efi_stub, err) < 0)
		return -1;
	file.content = uki.program;
	uki.program = (struct extents){ 0 };
	fat.files = &file;
	fat.count = 1;
	status = make_fat(volume, &fat, options->min_bytes, err);
	extents_release(&file.content);
	volume->kernel_offset = file.offset + uki.kernel_offset;
	volume->initrd_offset = file.offset + uki.initrd_offset;
	return status;
}

static int make_with_files(struct boot_volume *volume,
			   const struct payload *payload,
			   const struct boot_volume_options *options,
			   struct err *err)
{
	struct fat fat = start_fat(payload, options);
	struct fat_file files[BIOS_FILES] = {
		[KERNEL] = { .path = "kernel" },
		[INITRD] = { .path = "initrd.img" },
		[COMMAND_LINE] = { .path = "cmdline" },
	};
	struct extents *text = &files[COMMAND_LINE].content;
	int status;

	extents_copy(&files[KERNEL].content, &payload->kernel);
	extents_copy(&files[INITRD].content, &payload->initrd);
	text->size_bytes = strlen(payload->command_line);
	extents_put(text, 0, payload->command_line, text->size_bytes);
	fat.files = files;
	fat.count = BIOS_FILES;
	status = make_fat(volume, &fat, options->min_bytes, err);
	for (size_t i = 0; i < BIOS_FILES; i++)
		extents_release(&files[i].content);
	volume->kernel_offset = files[KERNEL].offset;
	volume->initrd_offset = files[INITRD].offset;
	return status;
}

int boot_volume_make(struct boot_volume *volume, const struct payload *payload,
		     const struct boot_volume_options *options, struct err *err)
{
	if (options->firmware & FIRMWARE_EFI)
		return make_with_uki(volume, payload, options, err);
	return make_with_files(volume, payload, options, err);
}
