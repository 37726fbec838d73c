/* SPDX-License-Identifier: Apache-2.0 */
/* CDs to start from, which start as disks and USB sticks, too. */
#include "formats/media.h"

#include <string.h>

#include "cmd/lib/base/clock.h"
#include "formats/boot/loader.h"
#include "formats/disk/bytes.h"
#include "formats/disk/iso9660.h"
#include "formats/disk/partition.h"

#define MIB ((uint64_t)1 << 20)
#define MBR_TYPE_ISO 0x17 /* as isohybrid has it: no system looks into it */
#define STUB_SECTORS 2    /* before stage 2 in the boot image */

enum { ROOT, BOOT, LOADER, KERNEL, INITRD, COMMAND_LINE, ESP, NODES };

/* All there can be; `firmware` 0 is on every CD. */
static const struct {
	const char *name;
	size_t parent;
	unsigned mode;
	enum firmware firmware;
} names[NODES] = {
	[ROOT] = { "", ROOT, 0040755, 0 },
	[BOOT] = { "boot", ROOT, 0040755, 0 },
	[LOADER] = { "loader.img", BOOT, 0100644, FIRMWARE_BIOS },
	[KERNEL] = { "kernel", BOOT, 0100644, FIRMWARE_BIOS },
	[INITRD] = { "initrd.img", BOOT, 0100644, FIRMWARE_BIOS },
	[COMMAND_LINE] = { "cmdline", BOOT, 0100644, 0 },
	[ESP] = { "efi.img", BOOT, 0100644, FIRMWARE_EFI },
};

/* The nodes that this CD has; `place` is where each of NODES went. */
struct cd {
	struct iso_node nodes[NODES];
	size_t place[NODES];
	struct boot_volume volume;
	struct iso iso;
	enum firmware firmware;
};

static void cd_release(struct cd *cd)
{
	for (size_t i = 0; i < cd->iso.count; i++)
		extents_release(&cd->nodes[i].content);
	boot_volume_release(&cd->volume);
	iso_release(&cd->iso);
}

/* With UEFI the kernel is in the ESP only, and a BIOS takes it from there. */
static bool has_node(const struct cd *cd, size_t which)
{
	if ((which == KERNEL || which == INITRD) && cd->firmware & FIRMWARE_EFI)
		return false;
	return names[which].firmware == 0 ||
	       names[which].firmware & cd->firmware;
}

static void list_nodes(struct cd *cd)
{
	for (size_t i = 0; i < NODES; i++) {
		cd->place[i] = ISO_NONE;
		if (!has_node(cd, i))
			continue;
		cd->place[i] = cd->iso.count;
		cd->nodes[cd->iso.count++] = (struct iso_node){
			.name = names[i].name,
			.parent = cd->place[names[i].parent],
			.mode = names[i].mode,
			.links = names[i].mode & 0040000 ? 2 : 1,
			.mtime = CLOCK_BUILD_TIME,
			.same_as = ISO_NONE,
			.alignment = i == ESP ? MIB : 0,
		};
	}
	cd->iso.nodes = cd->nodes;
	cd->iso.volume_id = "LinuxKit";
	cd->iso.bios_boot = cd->place[LOADER];
	cd->iso.efi_boot = cd->place[ESP];
}

static struct extents *content_of(struct cd *cd, size_t which)
{
	return &cd->nodes[cd->place[which]].content;
}

static uint64_t offset_of(const struct cd *cd, size_t which)
{
	return cd->nodes[cd->place[which]].offset;
}

static int put_contents(struct cd *cd, const struct payload *payload,
			const struct format_options *options, struct err *err)
{
	struct boot_volume_options wanted = {
		.firmware = cd->firmware,
		.efi_stub = options->efi_stub,
	};
	struct extents *text = content_of(cd, COMMAND_LINE);

	text->size_bytes = strlen(payload->command_line);
	extents_put(text, 0, payload->command_line, text->size_bytes);
	if (cd->firmware & FIRMWARE_BIOS)
		content_of(cd, LOADER)->size_bytes = loader_eltorito_bytes();
	if (!(cd->firmware & FIRMWARE_EFI)) {
		extents_copy(content_of(cd, KERNEL), &payload->kernel);
		extents_copy(content_of(cd, INITRD), &payload->initrd);
		return 0;
	}
	if (boot_volume_make(&cd->volume, payload, &wanted, err) < 0)
		return -1;
	*content_of(cd, ESP) = cd->volume.volume;
	cd->volume.volume = (struct extents){ 0 };
	return 0;
}

/* Once it is known where everything lies. */
static int put_loader(struct cd *cd, const struct payload *payload,
		      struct err *err)
{
	bool esp = cd->firmware & FIRMWARE_EFI;
	struct loader_targets targets = {
		.kernel_offset =
			esp ? offset_of(cd, ESP) + cd->volume.kernel_offset
			    : offset_of(cd, KERNEL),
		.kernel_bytes = payload->kernel.size_bytes,
		.initrd_offset =
			esp ? offset_of(cd, ESP) + cd->volume.initrd_offset
			    : offset_of(cd, INITRD),
		.initrd_bytes = payload->initrd.size_bytes,
		.command_line = payload->command_line,
	};
	size_t size = loader_eltorito_bytes();
	SCOPED_FREE uint8_t *bytes = xmalloc(size);

	loader_put_eltorito_stub(bytes);
	if (loader_put_stage2(bytes + (size_t)STUB_SECTORS * SECTOR_BYTES,
			      &targets, err) < 0)
		return -1;
	extents_put_adopt(content_of(cd, LOADER), 0, TAKE(bytes), size);
	return 0;
}

/* What makes it a disk: the boot volume as a partition, or all of it as one. */
static void put_partitions(struct extents *image, const struct cd *cd,
			   uint64_t esp_bytes, const struct digest *seed)
{
	bool esp = cd->firmware & FIRMWARE_EFI;
	bool bios = cd->firmware & FIRMWARE_BIOS;
	struct partition partition = {
		.type = GPT_TYPE_ESP,
		.name = "EFI System",
		.start_lba = esp ? offset_of(cd, ESP) / SECTOR_BYTES : 0,
		.mbr_type = MBR_TYPE_ISO,
		.active = true,
	};
	uint8_t boot_code[BOOT_CODE_BYTES];
	struct partition_table table = {
		.partitions = &partition,
		.count = 1,
		.boot_code = bios ? boot_code : NULL,
		.seed = *seed,
	};

	image->size_bytes = round_up(
		image->size_bytes + (uint64_t)GPT_BACKUP_SECTORS * SECTOR_BYTES,
		MIB);
	partition.sectors =
		(esp ? esp_bytes : image->size_bytes) / SECTOR_BYTES;
	if (bios)
		loader_put_mbr(boot_code, offset_of(cd, LOADER) / SECTOR_BYTES +
						  STUB_SECTORS);
	if (esp)
		gpt_put(image, &table);
	else
		mbr_put(image, &table);
}

static int build_cd(struct extents *image, const struct payload *payload,
		    const struct format_options *options,
		    enum firmware firmware, struct err *err)
{
	SCOPED(cd) cd = { 0 };
	uint64_t esp_bytes = 0;

	if (boot_firmware(&firmware, payload->target, err) < 0)
		return -1;
	cd.firmware = firmware;
	list_nodes(&cd);
	if (put_contents(&cd, payload, options, err) < 0 ||
	    iso_plan(&cd.iso, err) < 0)
		return -1;
	if (firmware & FIRMWARE_BIOS && put_loader(&cd, payload, err) < 0)
		return -1;
	if (firmware & FIRMWARE_EFI)
		esp_bytes = content_of(&cd, ESP)->size_bytes;
	iso_make(image, &cd.iso);
	put_partitions(image, &cd, esp_bytes, &payload->seed);
	return 0;
}

static int build_iso_bios(struct extents *image, const struct payload *payload,
			  const struct format_options *options, struct err *err)
{
	return build_cd(image, payload, options, FIRMWARE_BIOS, err);
}

static int build_iso_efi(struct extents *image, const struct payload *payload,
			 const struct format_options *options, struct err *err)
{
	return build_cd(image, payload, options, FIRMWARE_EFI, err);
}

static int build_iso_hybrid(struct extents *image,
			    const struct payload *payload,
			    const struct format_options *options,
			    struct err *err)
{
	return build_cd(image, payload, options, FIRMWARE_BOTH, err);
}

const struct format format_iso = {
	.name = "iso",
	.files = "NAME.iso",
	.help = "a CD that starts under UEFI and BIOS, also as a disk or USB stick",
	.streamable = true,
	.suffix = ".iso",
	.build = build_iso_hybrid,
	.contain = extents_write,
};

const struct format format_iso_bios = {
	.name = "iso-bios",
	.files = "NAME.iso",
	.help = "a CD for BIOS, also as a disk or USB stick",
	.streamable = true,
	.suffix = ".iso",
	.build = build_iso_bios,
	.contain = extents_write,
};

const struct format format_iso_efi = {
	.name = "iso-efi",
	.files = "NAME-efi.iso",
	.help = "a CD for UEFI, also as a disk or USB stick",
	.streamable = true,
	.suffix = "-efi.iso",
	.build = build_iso_efi,
	.contain = extents_write,
};

const struct format format_iso_efi_initrd = {
	.name = "iso-efi-initrd",
	.files = "NAME-efi-initrd.iso",
	.help = "the same as iso-efi, under LinuxKit's other name",
	.streamable = true,
	.suffix = "-efi-initrd.iso",
	.build = build_iso_efi,
	.contain = extents_write,
};
