/* SPDX-License-Identifier: Apache-2.0 */
/* The hybrid disk for VMware. */
#include "formats/media.h"

#include "formats/disk/vmdk.h"

const struct format format_vmdk = {
	.name = "vmdk",
	.files = "NAME.vmdk",
	.help = "the disk of raw for VMware, stream-optimized",
	.streamable = true,
	.suffix = ".vmdk",
	.build = build_disk_hybrid,
	.contain = vmdk_write,
};
