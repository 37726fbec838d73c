/* SPDX-License-Identifier: Apache-2.0 */
/* The small initrd before a root on a disk. */
#include "formats/root/starter.h"

#include <string.h>

#include "cmd/lib/base/buf.h"
#include "formats/root/modules.h"

#define INDEX_MAX_BYTES ((size_t)32 << 20)
#define INIT_MAX_BYTES ((size_t)16 << 20)
#define MODULES "lib/modules"

/* What an init that can find a root on a disk looks for. */
#define INIT_WORD "kit.root"

/*
 * Drivers of disks, of the hosts they hang on, and of what stands on them.
 * Which of them are loaded is up to the machine.
 */
static const char *const wanted[] = {
	"squashfs",     "erofs",      "dm_mod",         "dm_verity",
	"sha256_ssse3", "sha256_ni",  "sha256_generic", "virtio_blk",
	"virtio_scsi",  "virtio_pci", "virtio_mmio",    "nvme",
	"ahci",         "ata_piix",   "ata_generic",    "sd_mod",
	"usb_storage",  "uas",        "xhci_pci",       "ehci_pci",
	"uhci_hcd",     "ohci_pci",   "hv_storvsc",     "pci_hyperv",
	"vmw_pvscsi",   "mptspi",     "mptsas",         "xen_blkfront",
	"mpt3sas",      "hpsa",       "megaraid_sas",   "smartpqi",
	"mmc_block",    "sdhci_pci",  "sdhci_acpi",     NULL,
};

/* What machines have their disks on, and what a kernel for clouds may lack. */
static const struct {
	const char *module, *disks;
} buses[] = {
	{ "ahci", "SATA" },
	{ "usb_storage", "USB" },
	{ "nvme", "NVMe" },
	{ "virtio_blk", "virtio" },
};

/* On a disk nothing can be made where these are missing. */
static const char *const mount_points[] = { "proc", "sys", "dev", "run",
					    "tmp",  "var", "mnt" };

static const struct inode *find(const struct image *image, const char *path,
				enum inode_type type)
{
	const struct tree_node *node =
		tree_lookup(&image->tree, tree_first(&image->tree), path, true);

	return node && node->inode->type == type ? node->inode : NULL;
}

static int load_text(struct image *image, const char *path, struct buf *text,
		     struct err *err)
{
	const struct inode *inode = find(image, path, INODE_FILE);

	text->max_bytes = INDEX_MAX_BYTES;
	if (inode && spool_load(&image->spool, &inode->content, text, err) < 0)
		return err_wrap(err, "%s", path);
	return 0;
}

/* The folders below lib/modules, one for each version of a kernel. */
static const struct tree_node *first_version(const struct image *image)
{
	const struct tree_node *modules = tree_lookup(
		&image->tree, tree_first(&image->tree), MODULES, true);

	return modules ? modules->first_child : NULL;
}

static int check_init(struct image *image, char **obstacle, struct err *err)
{
	const struct inode *init = find(image, "init", INODE_FILE);
	SCOPED(buf) program = { .max_bytes = INIT_MAX_BYTES };

	if (init && init->content.length < INIT_MAX_BYTES &&
	    spool_load(&image->spool, &init->content, &program, err) < 0)
		return -1;
	if (!memmem(buf_text(&program), program.size, INIT_WORD,
		    strlen(INIT_WORD)))
		*obstacle = xstrdup(
			"its /init cannot find a root on a disk; that of kitbuild's package init can");
	return 0;
}

static void check_mount_points(const struct image *image, char **obstacle)
{
	for (size_t i = 0; i < ARRAY_LEN(mount_points) && !*obstacle; i++)
		if (!find(image, mount_points[i], INODE_DIRECTORY))
			*obstacle = xasprintf(
				"it has no folder /%s, and on a disk none can be made",
				mount_points[i]);
}

/* A kernel without modules has all it needs built in, or says so at boot. */
static int has_driver(bool *found, struct image *image, const char *name,
		      struct err *err)
{
	const char *const names[] = { name, NULL };
	const struct tree_node *version = first_version(image);

	*found = !version;
	for (; version && !*found; version = version->next_sibling) {
		SCOPED_FREE char *dep_path =
			xasprintf(MODULES "/%s/modules.dep", version->name);
		SCOPED_FREE char *builtin_path =
			xasprintf(MODULES "/%s/modules.builtin", version->name);
		SCOPED(strv) paths = { 0 };
		SCOPED(buf) dep = { 0 };
		SCOPED(buf) builtin = { 0 };

		if (load_text(image, dep_path, &dep, err) < 0 ||
		    load_text(image, builtin_path, &builtin, err) < 0)
			return -1;
		modules_choose(&paths, buf_text(&dep), names);
		*found = paths.count > 0 ||
			 modules_listed(buf_text(&builtin), name);
	}
	return 0;
}

static int check_driver(struct image *image, enum root_kind kind,
			char **obstacle, struct err *err)
{
	bool found;

	if (has_driver(&found, image, root_kind_name(kind), err) < 0)
		return -1;
	if (!found)
		*obstacle = xasprintf("its kernel has no driver for %s",
				      root_kind_name(kind));
	return 0;
}

int starter_check(struct image *image, enum root_kind kind, char **obstacle,
		  struct err *err)
{
	*obstacle = NULL;
	if (check_init(image, obstacle, err) < 0)
		return -1;
	check_mount_points(image, obstacle);
	return *obstacle ? 0 : check_driver(image, kind, obstacle, err);
}

int starter_out_of_reach(struct image *image, char **disks, struct err *err)
{
	*disks = NULL;
	for (size_t i = 0; i < ARRAY_LEN(buses); i++) {
		char *before = *disks;
		bool found;

		if (has_driver(&found, image, buses[i].module, err) < 0)
			return -1;
		if (found)
			continue;
		*disks = xasprintf("%s%s%s", before ? before : "",
				   before ? " or " : "", buses[i].disks);
		free(before);
	}
	return 0;
}

static int put_text_file(struct image *starter, const char *path,
			 const struct buf *text, struct err *err)
{
	return image_put_file(starter, path, 0644, buf_text(text), text->size,
			      err);
}

static int copy_file(struct image *starter, struct image *image,
		     const char *path, unsigned mode, struct err *err)
{
	const struct inode *from = find(image, path, INODE_FILE);
	struct tree_node *parent;
	const char *name;
	struct inode *to;

	if (!from)
		return 0;
	SCOPED_READER struct reader *reader =
		spool_reader(&image->spool, &from->content);

	to = tree_inode_new(&starter->tree, INODE_FILE, mode);
	if (spool_add_reader(&starter->spool, reader, &to->content, err) < 0 ||
	    tree_parent_of(&starter->tree, starter->tree.root, path, &parent,
			   &name, err) < 0)
		return -1;
	tree_put(&starter->tree, parent, name, to);
	return 0;
}

static int put_version(struct image *starter, struct image *image,
		       const char *version, struct err *err)
{
	SCOPED_FREE char *base = xasprintf(MODULES "/%s", version);
	SCOPED_FREE char *dep_path = xasprintf("%s/modules.dep", base);
	SCOPED_FREE char *alias_path = xasprintf("%s/modules.alias", base);
	SCOPED_FREE char *builtin_path = xasprintf("%s/modules.builtin", base);
	SCOPED(buf) dep = { 0 };
	SCOPED(buf) alias = { 0 };
	SCOPED(buf) own_dep = { .max_bytes = INDEX_MAX_BYTES * 2 };
	SCOPED(buf) own_alias = { .max_bytes = INDEX_MAX_BYTES * 2 };
	SCOPED(strv) paths = { 0 };

	if (load_text(image, dep_path, &dep, err) < 0 ||
	    load_text(image, alias_path, &alias, err) < 0)
		return -1;
	modules_choose(&paths, buf_text(&dep), wanted);
	modules_cut_dep(&own_dep, buf_text(&dep), &paths);
	modules_cut_alias(&own_alias, buf_text(&alias), &paths);
	for (size_t i = 0; i < paths.count; i++) {
		SCOPED_FREE char *path =
			xasprintf("%s/%s", base, paths.items[i]);

		if (copy_file(starter, image, path, 0644, err) < 0)
			return err_wrap(err, "%s", dep_path);
	}
	if (put_text_file(starter, dep_path, &own_dep, err) < 0 ||
	    put_text_file(starter, alias_path, &own_alias, err) < 0)
		return -1;
	return copy_file(starter, image, builtin_path, 0644, err);
}

int starter_make(struct image *starter, struct image *image, struct err *err)
{
	(void)image_begin_segment(starter, "starter", "");
	for (size_t i = 0; i < ARRAY_LEN(mount_points); i++)
		if (image_put_directory(starter, mount_points[i], 0755, err) <
		    0)
			return -1;
	if (copy_file(starter, image, "init", 0755, err) < 0)
		return -1;
	for (const struct tree_node *v = first_version(image); v;
	     v = v->next_sibling)
		if (v->inode->type == INODE_DIRECTORY &&
		    put_version(starter, image, v->name, err) < 0)
			return -1;
	return 0;
}
