/* SPDX-License-Identifier: Apache-2.0 */
/* The hybrid disk under the names that clouds give to what they take. */
#include "formats/media.h"

#include "formats/disk/qcow2.h"

const struct format format_aws = {
	.name = "aws",
	.files = "NAME.raw",
	.help = "the disk of raw for EC2: import-snapshot, then register-image",
	.streamable = true,
	.suffix = ".raw",
	.build = build_disk_hybrid,
	.contain = extents_write,
};

const struct format format_openstack = {
	.name = "openstack",
	.files = "NAME-openstack.qcow2",
	.help = "the disk of qcow2 for Glance",
	.streamable = true,
	.suffix = "-openstack.qcow2",
	.build = build_disk_hybrid,
	.contain = qcow2_write,
};
