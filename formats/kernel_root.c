/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Formats kernel+squashfs and kernel+erofs: the root as a file system, for
 * kernels that have its driver built in and are told root=/dev/vda.
 */
#include "formats/format.h"

#include "cmd/lib/base/fd.h"
#include "formats/root/root.h"

static int write_root(struct image *image, enum root_kind kind,
		      const struct format_options *options,
		      struct output *output, struct err *err)
{
	SCOPED_FREE char *suffix = xasprintf("-%s.img", root_kind_name(kind));
	SCOPED(root_fs) root = { .fd = -1 };
	SCOPED_FD int fd = -1;

	if (output_put_inode(output, image, image->kernel, "-kernel", err) <
		    0 ||
	    root_fs_make(&root, image, kind, options->pack_cache, err) < 0 ||
	    output_open(output, suffix, &fd, err) < 0 ||
	    fd_copy(fd, root.fd, root.start, root_fs_bytes(&root),
		    output_name(output), err) < 0)
		return -1;
	return output_put_inode(output, image, image->cmdline, "-cmdline", err);
}

static int write_squashfs(struct image *image,
			  const struct format_options *options,
			  struct output *output, struct err *err)
{
	return write_root(image, ROOT_SQUASHFS, options, output, err);
}

const struct format format_kernel_squashfs = {
	.name = "kernel+squashfs",
	.files = "NAME-kernel, NAME-squashfs.img, NAME-cmdline",
	.help = "the root file system as a squashfs, to boot directly",
	.write = write_squashfs,
};

static int write_erofs(struct image *image,
		       const struct format_options *options,
		       struct output *output, struct err *err)
{
	return write_root(image, ROOT_EROFS, options, output, err);
}

const struct format format_kernel_erofs = {
	.name = "kernel+erofs",
	.files = "NAME-kernel, NAME-erofs.img, NAME-cmdline",
	.help = "the root file system as an uncompressed erofs, to boot directly",
	.write = write_erofs,
};
