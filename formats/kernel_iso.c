/* SPDX-License-Identifier: Apache-2.0 */
/* Format kernel+iso: the root file system as a CD, which is no boot medium. */
#include "formats/format.h"

#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/log.h"
#include "formats/disk/iso9660.h"

/* S_IF* as POSIX has them, whatever the host's are. */
static const unsigned type_bits[] = {
	[INODE_FILE] = 0100000,    [INODE_DIRECTORY] = 0040000,
	[INODE_SYMLINK] = 0120000, [INODE_CHAR] = 0020000,
	[INODE_BLOCK] = 0060000,   [INODE_FIFO] = 0010000,
};

struct root_cd {
	struct iso_node *nodes; /* owned */
	struct iso iso;
	bool has_xattrs;
};

static void root_cd_release(struct root_cd *cd)
{
	for (size_t i = 0; i < cd->iso.count; i++)
		extents_release(&cd->nodes[i].content);
	iso_release(&cd->iso);
	free(cd->nodes);
}

/* What is below boot/ is written to files of its own or not wanted. */
static bool is_below_boot(const struct tree_node *node)
{
	const struct tree_node *top = node;

	if (!node->parent)
		return false;
	while (top->parent->parent)
		top = top->parent;
	return top != node && strcmp(top->name, "boot") == 0;
}

/* Marks count from 1 and say which iso node an inode became first. */
static void add_node(struct root_cd *cd, const struct image *image,
		     struct tree_node *node, size_t parent)
{
	struct inode *inode = node->inode;
	size_t number = cd->iso.count++;
	struct iso_node *to = &cd->nodes[number];

	*to = (struct iso_node){
		.name = node->name,
		.parent = parent,
		.mode = type_bits[inode->type] | inode->mode,
		.links = inode->type == INODE_DIRECTORY ? 2 : inode->links,
		.uid = inode->uid,
		.gid = inode->gid,
		.mtime = inode->mtime,
		.rdev_major = inode->rdev_major,
		.rdev_minor = inode->rdev_minor,
		.target = inode->type == INODE_SYMLINK ? inode->target : NULL,
		.same_as = ISO_NONE,
	};
	cd->has_xattrs |= inode->xattrs != NULL;
	if (inode->type == INODE_FILE) {
		to->content.size_bytes = inode->content.length;
		if (inode->mark)
			to->same_as = (size_t)inode->mark - 1;
		else
			extents_put_file(&to->content, 0, image->spool.fd,
					 inode->content.offset,
					 inode->content.length);
	}
	if (!inode->mark)
		inode->mark = number + 1;
}

static int collect(struct root_cd *cd, struct image *image, struct err *err)
{
	if (spool_flush(&image->spool, err) < 0)
		return -1;
	cd->nodes = xcalloc(image->tree.count + 1, sizeof(*cd->nodes));
	for (struct tree_node *n = tree_first(&image->tree); n;
	     n = tree_next(n))
		n->inode->mark = 0;
	for (struct tree_node *n = tree_first(&image->tree); n;
	     n = tree_next(n)) {
		if (is_below_boot(n))
			continue;
		add_node(cd, image, n,
			 n->parent ? (size_t)n->parent->inode->mark - 1 : 0);
	}
	cd->iso.nodes = cd->nodes;
	cd->iso.volume_id = "LinuxKit";
	cd->iso.bios_boot = cd->iso.efi_boot = ISO_NONE;
	return 0;
}

static int write_cd(struct image *image, struct output *output, struct err *err)
{
	SCOPED(root_cd) cd = { 0 };
	SCOPED(extents) medium = { 0 };
	SCOPED_FD int fd = -1;

	if (collect(&cd, image, err) < 0 || iso_plan(&cd.iso, err) < 0)
		return -1;
	if (cd.has_xattrs)
		log_warn(
			"some files have extended attributes, which a CD cannot carry");
	iso_make(&medium, &cd.iso);
	if (output_open(output, ".iso", &fd, err) < 0)
		return -1;
	return extents_write(&medium, fd, output_name(output), err);
}

static int write_kernel_iso(struct image *image,
			    const struct format_options *options,
			    struct output *output, struct err *err)
{
	(void)options;
	if (output_put_inode(output, image, image->kernel, "-kernel", err) <
		    0 ||
	    write_cd(image, output, err) < 0)
		return -1;
	return output_put_inode(output, image, image->cmdline, "-cmdline", err);
}

const struct format format_kernel_iso = {
	.name = "kernel+iso",
	.files = "NAME-kernel, NAME.iso, NAME-cmdline",
	.help = "the root file system as a CD, with a kernel that is told to take it",
	.write = write_kernel_iso,
};
