/* SPDX-License-Identifier: Apache-2.0 */
/* The hybrid disk for Hyper-V, Azure and VirtualBox. */
#include "formats/media.h"

#include "formats/disk/vdi.h"
#include "formats/disk/vhd.h"
#include "formats/disk/vhdx.h"

const struct format format_vhd = {
	.name = "vhd",
	.files = "NAME.vhd",
	.help = "the disk of raw as a fixed VHD",
	.streamable = true,
	.suffix = ".vhd",
	.build = build_disk_hybrid,
	.contain = vhd_write_fixed,
};

/* Azure wants whole MiB, which all disks have. */
const struct format format_azure = {
	.name = "azure",
	.files = "NAME-azure.vhd",
	.help = "the disk of raw as Azure takes it, for generations 1 and 2",
	.streamable = true,
	.suffix = "-azure.vhd",
	.build = build_disk_hybrid,
	.contain = vhd_write_fixed,
};

const struct format format_dynamic_vhd = {
	.name = "dynamic-vhd",
	.files = "NAME.vhd",
	.help = "the disk of raw as a VHD that grows",
	.streamable = true,
	.suffix = ".vhd",
	.build = build_disk_hybrid,
	.contain = vhd_write_dynamic,
};

const struct format format_vhdx = {
	.name = "vhdx",
	.files = "NAME.vhdx",
	.help = "the disk of raw for Hyper-V",
	.streamable = true,
	.suffix = ".vhdx",
	.build = build_disk_hybrid,
	.contain = vhdx_write,
};

const struct format format_vdi = {
	.name = "vdi",
	.files = "NAME.vdi",
	.help = "the disk of raw for VirtualBox",
	.streamable = true,
	.suffix = ".vdi",
	.build = build_disk_hybrid,
	.contain = vdi_write,
};
