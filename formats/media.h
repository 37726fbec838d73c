/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bootable media: disks and CDs as bytes with holes, which a row of the table
 * puts into a container. docs/formats.md says what is where on each.
 */
#pragma once

#include "formats/boot/volume.h"
#include "formats/format.h"

/*
 * What a medium of this format starts, with the root where it belongs: in a
 * partition or in the initrd. FAULT_INPUT when it cannot be where it is asked
 * for.
 */
int medium_payload(struct payload *payload, const struct format *format,
		   struct image *image, const struct format_options *options,
		   struct err *err) MUST_CHECK;

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
/* The same in whole GiB. */
int build_disk_hybrid_gib(struct extents *disk, const struct payload *payload,
			  const struct format_options *options,
			  struct err *err) MUST_CHECK;
