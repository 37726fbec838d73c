/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bootable media: disks and CDs as bytes with holes, which a row of the table
 * puts into a container. docs/formats.md says what is where on each.
 */
#pragma once

#include "formats/boot/volume.h"
#include "formats/format.h"

/* For a row's `.build`. */
int build_disk_bios(struct extents *disk, const struct payload *payload,
		    const struct format_options *options,
		    struct err *err) MUST_CHECK;
int build_disk_efi(struct extents *disk, const struct payload *payload,
		   const struct format_options *options,
		   struct err *err) MUST_CHECK;
int build_disk_hybrid(struct extents *disk, const struct payload *payload,
		      const struct format_options *options,
		      struct err *err) MUST_CHECK;
