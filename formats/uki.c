/* SPDX-License-Identifier: Apache-2.0 */
/* Format uki: one program for UEFI. */
#include "formats/media.h"

static int build_uki(struct extents *file, const struct payload *payload,
		     const struct format_options *options, struct err *err)
{
	SCOPED(uki) uki = { 0 };

	if (uki_make(&uki, payload, options->efi_stub, err) < 0)
		return -1;
	*file = uki.program;
	uki.program = (struct extents){ 0 };
	return 0;
}

const struct format format_uki = {
	.name = "uki",
	.files = "NAME.efi",
	.help = "a unified kernel image: one program that UEFI starts, from a disk or by HTTP boot",
	.streamable = true,
	.suffix = ".efi",
	.build = build_uki,
	.contain = extents_write,
};
