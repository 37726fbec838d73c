/* SPDX-License-Identifier: Apache-2.0 */
/* A distribution's kernel files as a LinuxKit-style kernel image. */
#include "cmd/lib/build/kernel_package.h"

#include <fcntl.h>
#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/base/subprocess.h"
#include "cmd/lib/image/tar.h"

#define VMLINUZ "vmlinuz-"
#define DEVICE_TREES "boot/dtb"

/* What depmod makes and the guest's loader reads. */
static const char *const generated[] = {
	"modules.dep",
	"modules.alias",
	"modules.softdep",
	"modules.devname",
};

static struct tree_node *find_kernel(const struct tree *tree, struct err *err)
{
	struct tree_node *boot = tree_lookup(tree, tree->root, "boot", true);
	struct tree_node *kernel = NULL;

	for (struct tree_node *n = boot ? boot->first_child : NULL; n;
	     n = n->next_sibling) {
		if (strncmp(n->name, VMLINUZ, strlen(VMLINUZ)) != 0)
			continue;
		if (kernel) {
			err_set(err, FAULT_INPUT,
				"there are two kernels, boot/%s and boot/%s",
				kernel->name, n->name);
			return NULL;
		}
		kernel = n;
	}
	if (!kernel)
		err_set(err, FAULT_INPUT,
			"there is no boot/vmlinuz-* in the packages");
	return kernel;
}

/* Files only: links such as build and source lead out of the image. */
static int export_file(struct spool *spool, const struct tree_node *node,
		       const char *folder, struct err *err)
{
	SCOPED(buf) path = { 0 };
	SCOPED_FREE char *parent = NULL;
	SCOPED_FD int fd = -1;
	SCOPED_WRITER struct writer *to = NULL;

	buf_add_fmt(&path, "%s/", folder);
	{
		SCOPED(buf) inside = { 0 };

		tree_path(node, &inside);
		buf_add_str(&path, buf_text(&inside));
	}
	parent = path_directory(buf_text(&path));
	if (path_make_directories(parent, err) < 0)
		return -1;
	fd = open(buf_text(&path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		  0644);
	if (fd < 0)
		return err_sys(err, "write %s", buf_text(&path));
	to = writer_to_fd(fd, buf_text(&path));
	return spool_copy(spool, &node->inode->content, to, err);
}

static bool is_below(const struct tree_node *node, const struct tree_node *top)
{
	while (node && node != top)
		node = node->parent;
	return node == top;
}

static int export_modules(const struct tree *tree, struct spool *spool,
			  const struct tree_node *modules, const char *folder,
			  struct err *err)
{
	for (struct tree_node *n = tree_first(tree); n; n = tree_next(n))
		if (n->inode->type == INODE_FILE && is_below(n, modules) &&
		    export_file(spool, n, folder, err) < 0)
			return -1;
	return 0;
}

static int import_generated(struct tree *tree, struct spool *spool,
			    struct tree_node *modules, const char *folder,
			    struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(generated); i++) {
		SCOPED_FREE char *path =
			xasprintf("%s/lib/modules/%s/%s", folder, modules->name,
				  generated[i]);
		struct inode *inode;
		SCOPED(buf) text = { 0 };

		if (buf_read_file(&text, path, err) < 0)
			return -1;
		inode = tree_inode_new(tree, INODE_FILE, 0644);
		if (spool_add_content(spool, buf_text(&text), text.size,
				      &inode->content, err) < 0)
			return -1;
		tree_put(tree, modules, generated[i], inode);
	}
	return 0;
}

static int run_depmod(const char *folder, const char *version, struct err *err)
{
	const char *path = getenv("PATH");
	SCOPED_FREE char *with_sbin =
		xasprintf("%s:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin");
	SCOPED(strv) argv = { 0 };

	/* An ordinary user's PATH lacks depmod's folder. */
	setenv("PATH", with_sbin, 1);
	strv_add(&argv, "depmod");
	strv_add_fmt(&argv, "--basedir=%s", folder);
	strv_add(&argv, version);
	return subprocess_run(&argv, err);
}

static int add_dependencies(struct tree *tree, struct spool *spool,
			    struct tree_node *modules, struct err *err)
{
	SCOPED(temporary) folder = { 0 };

	if (temporary_make(&folder, err) < 0 ||
	    export_modules(tree, spool, modules, folder.path, err) < 0 ||
	    run_depmod(folder.path, modules->name, err) < 0)
		return -1;
	return import_generated(tree, spool, modules, folder.path, err);
}

static bool is_device_tree(const struct tree_node *node)
{
	size_t length = strlen(node->name);

	return node->inode->type == INODE_FILE && length > 4 &&
	       strcmp(node->name + length - 4, ".dtb") == 0;
}

/* Copies what boards without ACPI need to where boot loaders look for it. */
static int put_device_trees(struct tree *tree, const char *version,
			    struct tree_node **place, struct err *err)
{
	SCOPED_FREE char *from = xasprintf("usr/lib/linux-image-%s", version);
	struct tree_node *top = tree_lookup(tree, tree->root, from, true);
	struct tree_node *node = top ? top->first_child : NULL;

	*place = NULL;
	for (; node && is_below(node, top); node = tree_next(node)) {
		SCOPED(buf) path = { 0 };
		SCOPED_FREE char *to = NULL;
		struct tree_node *parent;
		struct inode *copy;
		const char *name;

		if (!is_device_tree(node))
			continue;
		tree_path(node, &path);
		to = xasprintf(DEVICE_TREES "%s",
			       buf_text(&path) + strlen(from));
		copy = tree_inode_new(tree, INODE_FILE, 0644);
		copy->content = node->inode->content;
		if (tree_parent_of(tree, tree->root, to, &parent, &name, err) <
		    0)
			return -1;
		tree_put(tree, parent, name, copy);
	}
	*place = tree_lookup(tree, tree->root, DEVICE_TREES, true);
	return 0;
}

/* On the way down to one of the two, or below it. */
static bool is_kept(const struct tree_node *node, const struct tree_node *top)
{
	return top && (is_below(top, node) || is_below(node, top));
}

/* Leaves only modules and device trees. */
static void keep(struct tree *tree, const struct tree_node *modules,
		 const struct tree_node *device_trees)
{
	struct tree_node *node, *previous;

	for (node = tree->last; node->parent; node = previous) {
		previous = node->previous;
		if (is_below(modules, node))
			continue;
		if (node->inode->type == INODE_SYMLINK ||
		    (!is_kept(node, modules) && !is_kept(node, device_trees)))
			tree_remove(tree, node);
	}
}

static int write_modules_tar(struct tree *to, struct tree *modules,
			     struct spool *spool, struct err *err)
{
	SCOPED_WRITER struct writer *spooled = spool_writer(spool);
	struct tally tally = { 0 };
	SCOPED_WRITER struct writer *hashed = writer_tallied(spooled, &tally);
	struct inode *inode = tree_inode_new(to, INODE_FILE, 0644);

	inode->content.offset = spool->size_bytes;
	if (tar_write_tree(hashed, modules, spool, NULL, err) < 0 ||
	    writer_finish(hashed, err) < 0)
		return -1;
	inode->content.length = tally.size_bytes;
	inode->content.source = tally.digest;
	tree_put(to, to->root, "kernel.tar", inode);
	return 0;
}

int kernel_package(struct tree *kernel_tree, struct tree *from,
		   struct spool *spool, char **version, struct err *err)
{
	struct tree_node *kernel = find_kernel(from, err);
	SCOPED_FREE char *path = NULL;
	struct tree_node *modules, *device_trees;
	struct inode *inode;

	if (!kernel)
		return -1;
	*version = xstrdup(kernel->name + strlen(VMLINUZ));
	path = xasprintf("lib/modules/%s", *version);
	modules = tree_lookup(from, from->root, path, true);
	if (!modules)
		return err_set(err, FAULT_INPUT, "there is no %s", path);
	inode = tree_inode_new(kernel_tree, INODE_FILE, 0644);
	inode->content = kernel->inode->content;
	tree_put(kernel_tree, kernel_tree->root, "kernel", inode);
	if (add_dependencies(from, spool, modules, err) < 0 ||
	    put_device_trees(from, *version, &device_trees, err) < 0)
		return -1;
	keep(from, modules, device_trees);
	return write_modules_tar(kernel_tree, from, spool, err);
}
