/* SPDX-License-Identifier: Apache-2.0 */
/* The disks of raw.c, for QEMU and for clouds that run on it. */
#include "formats/media.h"

#include "formats/disk/qcow2.h"

const struct format format_qcow2 = {
	.name = "qcow2",
	.files = "NAME.qcow2",
	.help = "the disk of raw for QEMU, OpenStack, Proxmox and others",
	.streamable = true,
	.suffix = ".qcow2",
	.build = build_disk_hybrid,
	.contain = qcow2_write,
};

const struct format format_qcow2_zstd = {
	.name = "qcow2-zstd",
	.files = "NAME-zstd.qcow2",
	.help = "the disk of qcow2, compressed by zstd for the way",
	.streamable = true,
	.suffix = "-zstd.qcow2",
	.build = build_disk_hybrid,
	.contain = qcow2_zstd_write,
};

const struct format format_qcow2_efi = {
	.name = "qcow2-efi",
	.files = "NAME-efi.qcow2",
	.help = "the disk of raw-efi for QEMU",
	.streamable = true,
	.suffix = "-efi.qcow2",
	.build = build_disk_efi,
	.contain = qcow2_write,
};

const struct format format_qcow2_bios = {
	.name = "qcow2-bios",
	.files = "NAME.qcow2",
	.help = "the disk of raw-bios for QEMU",
	.streamable = true,
	.suffix = ".qcow2",
	.build = build_disk_bios,
	.contain = qcow2_write,
};
