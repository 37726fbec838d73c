/* SPDX-License-Identifier: Apache-2.0 */
/* Format tar: the root as one archive. */
#include "formats/format.h"

#include "cmd/lib/image/tar.h"

static int write_tar(struct image *image, const struct format_options *options,
		     struct output *output, struct err *err)
{
	SCOPED_FD int fd = -1;
	SCOPED_WRITER struct writer *to = NULL;

	(void)options;
	if (output_open(output, ".tar", &fd, err) < 0)
		return -1;
	to = writer_to_fd(fd, output_name(output));
	return tar_write_tree(to, &image->tree, &image->spool, image, err);
}

const struct format format_tar = {
	.name = "tar",
	.files = "NAME.tar",
	.help = "the root file system as one archive",
	.streamable = true,
	.write = write_tar,
};
