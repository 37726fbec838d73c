/* SPDX-License-Identifier: Apache-2.0 */
/* The list of formats. */
#include "formats/format.h"

#include <string.h>

#include "cmd/lib/base/opt.h"
#include "formats/media.h"

const struct format *const format_table[] = {
	/* LinuxKit's. */
	&format_kernel_initrd,
	&format_tar_kernel_initrd,
	&format_tar,
	&format_docker,
	&format_kernel_iso,
	&format_kernel_squashfs,
	&format_kernel_erofs,
	&format_iso_bios,
	&format_iso_efi,
	&format_iso_efi_initrd,
	&format_raw_bios,
	&format_raw_efi,
	&format_qcow2_bios,
	&format_qcow2_efi,
	&format_aws,
	&format_gcp,
	&format_vhd,
	&format_dynamic_vhd,
	&format_vmdk,
	&format_rpi3,
	/* Ours. */
	&format_iso,
	&format_raw,
	&format_qcow2,
	&format_qcow2_zstd,
	&format_vhdx,
	&format_vdi,
	&format_azure,
	&format_openstack,
	&format_ova,
	&format_vagrant,
	&format_uki,
	&format_oci,
	NULL,
};

int format_find(const struct format **format, const char *name, struct err *err)
{
	const char *words[ARRAY_LEN(format_table)] = { NULL };
	const char *near;

	for (size_t i = 0; format_table[i]; i++) {
		words[i] = format_table[i]->name;
		if (strcmp(words[i], name) == 0) {
			*format = format_table[i];
			return 0;
		}
	}
	near = nearest_word(name, words);
	if (near)
		return err_set(err, FAULT_INPUT,
			       "unknown format '%s'; is it '%s'?", name, near);
	return err_set(
		err, FAULT_INPUT,
		"unknown format '%s'; `kitbuild build --list-formats` lists them",
		name);
}

static int write_medium(const struct format *format, struct image *image,
			const struct format_options *options,
			struct output *output, struct err *err)
{
	SCOPED(payload) payload = PAYLOAD_INIT;
	SCOPED(extents) medium = { 0 };
	SCOPED_FD int fd = -1;

	payload.signing = options->signing;
	if (boot_target_find(&payload.target, options->arch, err) < 0 ||
	    medium_payload(&payload, format, image, options, err) < 0 ||
	    format->build(&medium, &payload, options, err) < 0 ||
	    output_open(output, format->suffix, &fd, err) < 0)
		return -1;
	return format->contain(&medium, fd, output_name(output), err);
}

int format_write(const struct format *format, struct image *image,
		 const struct format_options *options, struct output *output,
		 struct err *err)
{
	int status = format->write ? format->write(image, options, output, err)
				   : write_medium(format, image, options,
						  output, err);

	return status < 0 ? err_wrap(err, "format %s", format->name) : 0;
}
