/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's part of the root. */
#include "cmd/lib/build/assemble.h"

#include <string.h>

#include "cmd/lib/base/log.h"
#include "cmd/lib/image/layer.h"
#include "cmd/lib/image/vmlinux.h"

#define KERNEL_TAR_MAX_BYTES ((uint64_t)8 << 30)

/* What is taken out of a kernel image. */
struct kernel_parts {
	struct tree tree;
	const struct tree_node *binary, *tar, *ucode;
};

static void kernel_parts_release(struct kernel_parts *parts)
{
	tree_release(&parts->tree);
}

/* Links are followed inside the image. */
static const struct tree_node *find_file(const struct tree *tree,
					 const char *path)
{
	const struct tree_node *node =
		tree_lookup(tree, tree->root, path, true);

	return node && node->inode->type == INODE_FILE ? node : NULL;
}

static bool wants_tar(const struct kernel *kernel)
{
	return !kernel->tar.at ||
	       (*kernel->tar.text && strcmp(kernel->tar.text, "none") != 0);
}

static int missing(const struct val_str *key, const struct kernel *kernel,
		   const char *what, const char *path, struct err *err)
{
	return yml_fail(key->at ? key->at : kernel->image.at, err,
			"the kernel image %s has no %s '%s'",
			kernel->image.text, what, path);
}

static int find_parts(struct kernel_parts *parts, const struct kernel *kernel,
		      struct err *err)
{
	const char *binary = val_text(&kernel->binary, "kernel");
	const char *tar = val_text(&kernel->tar, "kernel.tar");

	parts->binary = find_file(&parts->tree, binary);
	if (!parts->binary)
		return missing(&kernel->binary, kernel, "kernel", binary, err);
	if (wants_tar(kernel)) {
		parts->tar = find_file(&parts->tree, tar);
		if (!parts->tar)
			return missing(&kernel->tar, kernel, "tar", tar, err);
	}
	if (val_text(&kernel->ucode, NULL)) {
		parts->ucode = find_file(&parts->tree, kernel->ucode.text);
		if (!parts->ucode)
			log_warn("the kernel image %s has no microcode '%s'",
				 kernel->image.text, kernel->ucode.text);
	}
	return 0;
}

static int put_part(struct image *image, const char *path,
		    const struct tree_node *from, const struct inode **inode,
		    struct err *err)
{
	struct inode *copy =
		tree_inode_new(&image->tree, INODE_FILE, from->inode->mode);
	struct tree_node *parent;
	const char *name;

	copy->content = from->inode->content;
	if (tree_parent_of(&image->tree, image->tree.root, path, &parent, &name,
			   err) < 0)
		return -1;
	tree_put(&image->tree, parent, name, copy);
	*inode = copy;
	return 0;
}

static int unpack_tar(struct image *image, const struct tree_node *tar,
		      const char *name, struct err *err)
{
	const struct content *content = &tar->inode->content;
	SCOPED_READER struct reader *packed =
		spool_reader(&image->spool, content);
	SCOPED_READER struct reader *plain =
		reader_inflated(packed, KERNEL_TAR_MAX_BYTES);
	/*
	 * The digest names the tar's bytes: the layer they came in and their
	 * place in it.
	 */
	struct layer layer = { .name = name, .keep_links = true };
	SCOPED(sha256) hash = { 0 };

	sha256_start(&hash);
	sha256_add(&hash, &content->source, sizeof(content->source));
	sha256_add_u64(&hash, content->source_offset);
	layer.digest = sha256_finish(&hash);
	return layer_apply(&image->tree, image->tree.root, &layer, plain,
			   &image->spool, err);
}

static int put_cmdline(struct image *image, const struct kernel *kernel,
		       struct err *err)
{
	const char *text = kernel->cmdline.at ? kernel->cmdline.text : "";

	if (image_put_file(image, "boot/cmdline", 0644, text, strlen(text),
			   err) < 0)
		return -1;
	image->cmdline = tree_lookup(&image->tree, image->tree.root,
				     "boot/cmdline", false)
				 ->inode;
	return 0;
}

/* What a part becomes in the root. */
struct kernel_work {
	const struct build *build;
	struct image *image;
	const char *name; /* of the kernel image */
	struct kernel_parts parts;
};

static int put_kernel(struct kernel_work *work, struct err *err)
{
	const struct kernel *kernel = &work->build->manifest->kernel;
	struct image *image = work->image;
	struct tree_node *node;

	if (image_put_directory(image, "boot", 0755, err) < 0 ||
	    put_cmdline(image, kernel, err) < 0 ||
	    put_part(image, "boot/kernel", work->parts.binary, &image->kernel,
		     err) < 0)
		return -1;
	if (!work->build->decompress_kernel)
		return 0;
	node = tree_lookup(&image->tree, image->tree.root, "boot/kernel",
			   false);
	return vmlinux_extract(&image->spool,
			       &work->parts.binary->inode->content, work->name,
			       &node->inode->content, err);
}

static int put_ucode(struct kernel_work *work, struct err *err)
{
	if (image_put_directory(work->image, "boot", 0755, err) < 0)
		return -1;
	return put_part(work->image, "boot/ucode.cpio", work->parts.ucode,
			&work->image->ucode, err);
}

/* In the order in which the image has them, as LinuxKit does. */
static int put_parts(struct kernel_work *work, struct err *err)
{
	const struct kernel_parts *parts = &work->parts;

	for (const struct tree_node *n = tree_first(&parts->tree); n;
	     n = tree_next(n)) {
		if (n == parts->binary && put_kernel(work, err) < 0)
			return -1;
		if (n == parts->tar &&
		    unpack_tar(work->image, n, work->name, err) < 0)
			return -1;
		if (n == parts->ucode && put_ucode(work, err) < 0)
			return -1;
	}
	return 0;
}

static void kernel_work_release(struct kernel_work *work)
{
	kernel_parts_release(&work->parts);
}

int assemble_kernel(const struct build *build, struct image *image,
		    struct err *err)
{
	const struct kernel *kernel = &build->manifest->kernel;
	const struct planned_image *planned;
	SCOPED(kernel_work) work = { .build = build, .image = image };
	SCOPED(oci_image) loaded = { 0 };
	struct sbom_input part = {
		.place = "",
		.image = &loaded,
		.tree = &work.parts.tree,
	};

	if (!val_text(&kernel->image, NULL))
		return 0;
	planned = plan_image(build->plan, kernel->image.text);
	work.name = planned->name;
	log_debug("kernel %s", planned->name);
	image_begin_segment(image, "kernel", planned->name);
	tree_init(&work.parts.tree);
	part.name = planned->name;
	if (assemble_load(build, planned, &loaded, err) < 0 ||
	    flatten_layers(&work.parts.tree, &image->spool, build->store,
			   &loaded, planned->name, err) < 0 ||
	    assemble_note(build, image, &part, err) < 0 ||
	    find_parts(&work.parts, kernel, err) < 0)
		return -1;
	return put_parts(&work, err);
}
