/* SPDX-License-Identifier: Apache-2.0 */
/* Format docker: the root as an archive that `docker build -` understands. */
#include "formats/format.h"

#include <string.h>

#include "cmd/lib/image/tar.h"

#define DOCKERFILE "Dockerfile"

static const char text[] = "\nFROM scratch\n\nCOPY . ./\n\n"
			   "ENTRYPOINT [\"/bin/rc.init\"]\n";

static int write_archive(struct image *image, struct output *output,
			 struct err *err)
{
	SCOPED_FD int fd = -1;
	SCOPED_WRITER struct writer *to = NULL;

	if (output_open(output, ".docker", &fd, err) < 0)
		return -1;
	to = writer_to_fd(fd, output_name(output));
	return tar_write_tree(to, &image->tree, &image->spool, image, err);
}

/* The tree is as before when the archive is written: others may follow. */
static int write_docker(struct image *image,
			const struct format_options *options,
			struct output *output, struct err *err)
{
	struct tree *tree = &image->tree;
	struct tree_node *before =
		tree_lookup(tree, tree->root, DOCKERFILE, false);
	struct inode *inode = before ? before->inode : NULL;
	unsigned segment = before ? before->segment : 0;
	int status;

	(void)options;
	image_begin_segment(image, "", "");
	if (image_put_file(image, DOCKERFILE, 0644, text, strlen(text), err) <
	    0)
		return -1;
	status = write_archive(image, output, err);
	tree_remove(tree, tree_lookup(tree, tree->root, DOCKERFILE, false));
	if (inode) {
		tree->segment = segment;
		tree_put(tree, tree->root, DOCKERFILE, inode);
	}
	return status;
}

const struct format format_docker = {
	.name = "docker",
	.files = "NAME.docker",
	.help = "the root file system with a Dockerfile, for `docker build -`",
	.streamable = true,
	.write = write_docker,
};
