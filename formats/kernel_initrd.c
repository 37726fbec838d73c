/* SPDX-License-Identifier: Apache-2.0 */
/* Format kernel+initrd: what hypervisors, PXE and kexec load directly. */
#include "formats/format.h"

#include "cmd/lib/image/pack.h"

/* The microcode archive must be the first thing in the file, uncompressed. */
static int write_initrd(struct image *image,
			const struct format_options *options,
			struct output *output, struct err *err)
{
	SCOPED_FD int fd = -1;
	SCOPED_WRITER struct writer *to = NULL;
	const struct inode *ucode = image->ucode;

	if (output_open(output, "-initrd.img", &fd, err) < 0)
		return -1;
	to = writer_to_fd(fd, output_name(output));
	if (ucode && (spool_copy(&image->spool, &ucode->content, to, err) < 0 ||
		      writer_zeros(to, -ucode->content.length % 4, err) < 0))
		return -1;
	return pack_initrd(fd, output_name(output), image, options->pack_cache,
			   err);
}

static int write_kernel_initrd(struct image *image,
			       const struct format_options *options,
			       struct output *output, struct err *err)
{
	format_check_memory(image, options);
	if (output_put_inode(output, image, image->kernel, "-kernel", err) <
		    0 ||
	    write_initrd(image, options, output, err) < 0 ||
	    output_put_inode(output, image, image->cmdline, "-cmdline", err) <
		    0)
		return -1;
	return 0;
}

const struct format format_kernel_initrd = {
	.name = "kernel+initrd",
	.files = "NAME-kernel, NAME-initrd.img, NAME-cmdline",
	.help = "kernel, initrd and command line, to boot directly",
	.write = write_kernel_initrd,
};
