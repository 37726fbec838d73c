/* SPDX-License-Identifier: Apache-2.0 */
/* Format tar-kernel-initrd: what kernel+initrd writes, in one archive. */
#include "formats/format.h"

#include "cmd/lib/base/fd.h"
#include "cmd/lib/image/pack.h"
#include "cmd/lib/image/tar.h"

/* The packed initrd becomes a content like those of the other members. */
static int spool_initrd(struct image *image,
			const struct format_options *options,
			struct content *content, struct err *err)
{
	SCOPED_FD int fd = -1;
	SCOPED_READER struct reader *from = NULL;

	if (fd_temporary(&fd, NULL, err) < 0 ||
	    pack_initrd(fd, "a temporary file", image, options->pack_cache,
			err) < 0)
		return -1;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, "read a temporary file");
	from = reader_from_fd_adopt(take_fd(&fd));
	return spool_add_reader(&image->spool, from, content, err);
}

static void add_member(struct tree *tree, const char *name,
		       const struct content *content)
{
	struct inode *inode;

	if (!content || content->length == 0)
		return;
	inode = tree_inode_new(tree, INODE_FILE, 0644);
	inode->content = *content;
	tree_put(tree, tree->root, name, inode);
}

static const struct content *content_of(const struct inode *inode)
{
	return inode ? &inode->content : NULL;
}

static int write_tar_kernel_initrd(struct image *image,
				   const struct format_options *options,
				   struct output *output, struct err *err)
{
	SCOPED(tree) members = { 0 };
	SCOPED_FD int fd = -1;
	SCOPED_WRITER struct writer *to = NULL;
	struct content initrd = { 0 };

	if (spool_initrd(image, options, &initrd, err) < 0 ||
	    output_open(output, "-initrd.tar", &fd, err) < 0)
		return -1;
	tree_init(&members);
	add_member(&members, "kernel", content_of(image->kernel));
	add_member(&members, "initrd.img", &initrd);
	add_member(&members, "cmdline", content_of(image->cmdline));
	add_member(&members, "ucode.cpio", content_of(image->ucode));
	to = writer_to_fd(fd, output_name(output));
	return tar_write_tree(to, &members, &image->spool, NULL, err);
}

const struct format format_tar_kernel_initrd = {
	.name = "tar-kernel-initrd",
	.files = "NAME-initrd.tar",
	.help = "kernel, initrd, command line and microcode in one archive",
	.streamable = true,
	.write = write_tar_kernel_initrd,
};
