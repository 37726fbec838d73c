/* SPDX-License-Identifier: Apache-2.0 */
/* Disks with a boot partition, and the formats that are such a disk as it is.
 */
#include "formats/media.h"

#include "formats/boot/loader.h"
#include "formats/data.h"
#include "formats/disk/fat.h"
#include "formats/disk/layout.h"

#define MBR_TYPE_FAT32_LBA 0x0c
#define MBR_TYPE_LINUX 0x83

static void add_boot_partition(struct layout *layout, struct extents *volume)
{
	layout_add(layout,
		   &(struct partition){
			   .type = GPT_TYPE_ESP,
			   .name = "EFI System",
			   .mbr_type = MBR_TYPE_FAT32_LBA,
			   .active = true,
		   },
		   volume);
}

/* Its number is ROOT_PARTITION_NUMBER: only the boot partition is before it. */
static void add_root_partition(struct layout *layout,
			       const struct payload *payload)
{
	struct extents root = { 0 };

	if (payload->root.size_bytes == 0)
		return;
	extents_copy(&root, &payload->root);
	layout_add(layout,
		   &(struct partition){
			   .type = payload->target->root_type,
			   .name = ROOT_PARTITION_NAME,
			   .attributes = GPT_ATTRIBUTE_READ_ONLY,
			   .mbr_type = MBR_TYPE_LINUX,
		   },
		   &root);
}

/* The last one, so that there is room behind it on a larger disk. */
static void add_data_partition(struct layout *layout,
			       const struct payload *payload)
{
	struct extents data = { 0 };

	if (payload->data.size_bytes == 0)
		return;
	extents_copy(&data, &payload->data);
	layout_add(layout,
		   &(struct partition){
			   .type = GPT_TYPE_LINUX_DATA,
			   .name = DATA_PARTITION_NAME,
			   .attributes = GPT_ATTRIBUTE_GROW_FILE_SYSTEM,
			   .mbr_type = MBR_TYPE_LINUX,
		   },
		   &data);
}

/* The loader's second stage, told where on the disk the kernel lies. */
static int make_stage2(struct extents *stage2, const struct payload *payload,
		       const struct boot_volume *volume, struct err *err)
{
	uint64_t start = LAYOUT_FIRST_LBA * SECTOR_BYTES;
	struct loader_targets targets = {
		.kernel_offset = start + volume->kernel_offset,
		.kernel_bytes = payload->kernel.size_bytes,
		.initrd_offset = start + volume->initrd_offset,
		.initrd_bytes = payload->initrd.size_bytes,
		.command_line = payload->command_line,
	};
	size_t size = loader_stage2_bytes();
	SCOPED_FREE uint8_t *bytes = xmalloc(size);

	if (loader_put_stage2(bytes, &targets, err) < 0)
		return -1;
	stage2->size_bytes = size;
	extents_put_adopt(stage2, 0, TAKE(bytes), size);
	return 0;
}

/*
 * GPT where UEFI is to start it, with the loader in a partition before the
 * first MiB; else an MBR, with the loader in the gap behind it.
 */
static int build_disk(struct extents *disk, const struct payload *payload,
		      const struct format_options *options,
		      enum firmware firmware, struct err *err)
{
	bool gpt = firmware & FIRMWARE_EFI;
	uint64_t stage2_lba = gpt ? GPT_FIRST_LBA : 1;
	struct boot_volume_options wanted = {
		.firmware = firmware,
		.efi_stub = options->efi_stub,
		.start_lba = LAYOUT_FIRST_LBA,
		.min_bytes = FAT32_MIN_BYTES,
	};
	uint8_t boot_code[BOOT_CODE_BYTES];
	struct layout_options table = {
		.table = gpt ? TABLE_GPT : TABLE_MBR,
		.boot_code = firmware & FIRMWARE_BIOS ? boot_code : NULL,
		.seed = payload->seed,
		.size_bytes = options->size_bytes,
	};
	SCOPED(boot_volume) volume = { 0 };
	SCOPED(extents) stage2 = { 0 };
	SCOPED(layout) layout = { .next_lba = LAYOUT_FIRST_LBA };

	loader_put_mbr(boot_code, stage2_lba);
	if (boot_volume_make(&volume, payload, &wanted, err) < 0)
		return -1;
	if (firmware & FIRMWARE_BIOS &&
	    make_stage2(&stage2, payload, &volume, err) < 0)
		return -1;
	add_boot_partition(&layout, &volume.volume);
	add_root_partition(&layout, payload);
	add_data_partition(&layout, payload);
	if (firmware == FIRMWARE_BOTH)
		layout_add(&layout,
			   &(struct partition){
				   .type = GPT_TYPE_BIOS_BOOT,
				   .name = "BIOS boot",
				   .start_lba = GPT_FIRST_LBA,
				   .sectors = LAYOUT_FIRST_LBA - GPT_FIRST_LBA,
			   },
			   &stage2);
	if (layout_make(disk, &layout, &table, err) < 0)
		return -1;
	if (firmware == FIRMWARE_BIOS)
		extents_graft(disk, stage2_lba * SECTOR_BYTES, &stage2);
	return 0;
}

static int build_for(struct extents *disk, const struct payload *payload,
		     const struct format_options *options,
		     enum firmware firmware, struct err *err)
{
	if (boot_firmware(&firmware, payload->target, err) < 0)
		return -1;
	return build_disk(disk, payload, options, firmware, err);
}

int build_disk_bios(struct extents *disk, const struct payload *payload,
		    const struct format_options *options, struct err *err)
{
	return build_for(disk, payload, options, FIRMWARE_BIOS, err);
}

int build_disk_efi(struct extents *disk, const struct payload *payload,
		   const struct format_options *options, struct err *err)
{
	return build_for(disk, payload, options, FIRMWARE_EFI, err);
}

int build_disk_hybrid(struct extents *disk, const struct payload *payload,
		      const struct format_options *options, struct err *err)
{
	return build_for(disk, payload, options, FIRMWARE_BOTH, err);
}

const struct format format_raw = {
	.name = "raw",
	.files = "NAME.img",
	.help = "a disk that starts under UEFI and BIOS alike",
	.streamable = true,
	.suffix = ".img",
	.build = build_disk_hybrid,
	.contain = extents_write,
};

const struct format format_raw_efi = {
	.name = "raw-efi",
	.files = "NAME-efi.img",
	.help = "a disk for UEFI: GPT and a unified kernel image",
	.streamable = true,
	.suffix = "-efi.img",
	.build = build_disk_efi,
	.contain = extents_write,
};

const struct format format_raw_bios = {
	.name = "raw-bios",
	.files = "NAME-bios.img",
	.help = "a disk for BIOS: MBR and a FAT partition",
	.streamable = true,
	.suffix = "-bios.img",
	.build = build_disk_bios,
	.contain = extents_write,
};
