/* SPDX-License-Identifier: Apache-2.0 */
/* A package with `contents:` becomes an image with one layer. */
#include "cmd/lib/build/package.h"

#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/json.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/build/debian.h"
#include "cmd/lib/build/files.h"
#include "cmd/lib/build/kernel_package.h"
#include "cmd/lib/image/tar.h"
#include "cmd/lib/oci/image.h"

#define LAYER_ZSTD_LEVEL 3
#define CREATED "2017-04-18T16:30:00Z"
#define CONFIG_LABEL "org.mobyproject.config"
#define DEBIAN_LABEL "org.kitbuild.debian.packages"
#define STATUS_D "var/lib/dpkg/status.d"
#define KERNEL_LABEL "org.kitbuild.kernel.version"

/* A package on its way. */
struct work {
	const struct package *package;
	const char *arch;
	struct tree tree;
	struct spool spool;
	struct strv versions; /* of Debian packages */
	struct strv controls; /* theirs, in the same order */
	char *kernel_version; /* NULL: it is no kernel */
};

static void work_release(struct work *work)
{
	tree_release(&work->tree);
	spool_release(&work->spool);
	strv_release(&work->versions);
	strv_release(&work->controls);
	free(work->kernel_version);
}

/* What a pattern names goes, a directory with all below it. */
static void exclude(struct tree *tree, const struct val_strs *patterns)
{
	struct tree_node *node, *previous;

	for (node = tree->last; node->parent; node = previous) {
		SCOPED(buf) path = { 0 };

		previous = node->previous;
		tree_path(node, &path);
		for (size_t i = 0; i < patterns->count; i++) {
			const char *pattern = patterns->items[i];

			if (!path_matches(pattern + (*pattern == '/'),
					  buf_text(&path)))
				continue;
			tree_remove(tree, node);
			break;
		}
	}
}

static int turn_into_kernel(struct work *work, struct err *err)
{
	struct tree kernel;

	tree_init(&kernel);
	if (kernel_package(&kernel, &work->tree, &work->spool,
			   &work->kernel_version, err) < 0) {
		tree_release(&kernel);
		return -1;
	}
	tree_release(&work->tree);
	work->tree = kernel;
	return 0;
}

/*
 * A file for each Debian package, as images without dpkg have them: scanners
 * and the SBOM see in them what the image is made of.
 */
static int record_packages(struct work *work, struct err *err)
{
	for (size_t i = 0; i < work->versions.count; i++) {
		const char *control = work->controls.items[i];
		size_t size = strlen(control);
		const char *version = work->versions.items[i];
		SCOPED_FREE char *path = xasprintf(
			STATUS_D "/%.*s", (int)strcspn(version, "="), version);
		struct inode *inode =
			tree_inode_new(&work->tree, INODE_FILE, 0644);
		struct tree_node *parent;
		const char *name;

		if (spool_add_content(&work->spool, control, size,
				      &inode->content, err) < 0 ||
		    tree_parent_of(&work->tree, work->tree.root, path, &parent,
				   &name, err) < 0)
			return -1;
		tree_put(&work->tree, parent, name, inode);
	}
	return 0;
}

static int fill_tree(struct work *work, struct err *err)
{
	const struct contents *contents = &work->package->file.contents;
	const struct file *files = contents->files.items;
	static const struct manifest no_manifest;
	struct file_target target = {
		.tree = &work->tree,
		.spool = &work->spool,
		.manifest = &no_manifest,
		.usual_modes = true,
	};
	struct deb_target debs = { &work->tree, &work->spool, &work->versions,
				   &work->controls };

	if (contents->debian.packages.count &&
	    debian_unpack(&debs, &contents->debian, work->arch, err) < 0)
		return -1;
	exclude(&work->tree, &contents->exclude);
	if (contents->kernel.value && turn_into_kernel(work, err) < 0)
		return -1;
	if (record_packages(work, err) < 0)
		return -1;
	for (size_t i = 0; i < contents->files.count; i++)
		if (file_put(&target, &files[i], err) < 0)
			return -1;
	return 0;
}

/* Writes the layer; `diff_id` is the digest of the uncompressed tar. */
static int write_layer(struct work *work, struct oci_store *store,
		       struct oci_descriptor *layer, struct digest *diff_id,
		       struct err *err)
{
	struct tally tally = { 0 }; /* outlives the writer that counts */
	SCOPED(oci_blob_writer) blob = { 0 };
	SCOPED_WRITER struct writer *zstd = NULL;
	SCOPED_WRITER struct writer *plain = NULL;

	if (oci_blob_writer_start(&blob, store, err) < 0)
		return -1;
	zstd = writer_zstd(blob.stream, LAYER_ZSTD_LEVEL);
	plain = writer_tallied(zstd, &tally);
	if (tar_write_tree(plain, &work->tree, &work->spool, NULL, err) < 0 ||
	    writer_finish(plain, err) < 0 || writer_finish(zstd, err) < 0 ||
	    oci_blob_writer_commit(&blob, NULL, layer, err) < 0)
		return -1;
	layer->media_type = xstrdup(OCI_TYPE_LAYER_ZSTD);
	*diff_id = tally.digest;
	return 0;
}

static json_t *json_of_node(const struct yml_node *node)
{
	json_t *json;
	int64_t number;
	bool flag;

	if (node->kind == YML_SCALAR) {
		if (yml_boolean(node, &flag))
			return json_boolean(flag);
		if (yml_integer(node, &number))
			return json_integer(number);
		return json_string(node->text);
	}
	json = node->kind == YML_MAPPING ? json_object() : json_array();
	for (size_t i = 0; node->kind == YML_SEQUENCE && i < node->count; i++)
		json_array_append_new(json, json_of_node(node->items[i]));
	for (size_t i = 0; node->kind == YML_MAPPING && i < node->count; i += 2)
		json_object_set_new(json, node->items[i]->text,
				    json_of_node(node->items[i + 1]));
	return json;
}

static json_t *labels_json(const struct work *work)
{
	const struct entry *config = &work->package->file.config;
	json_t *labels = json_object();
	SCOPED(buf) text = { 0 };

	if (work->versions.count) {
		for (size_t i = 0; i < work->versions.count; i++)
			buf_add_fmt(&text, "%s%s", i ? " " : "",
				    work->versions.items[i]);
		json_object_set_new(labels, DEBIAN_LABEL,
				    json_string(buf_text(&text)));
	}
	if (work->kernel_version)
		json_object_set_new(labels, KERNEL_LABEL,
				    json_string(work->kernel_version));
	buf_clear(&text);
	if (config->at) {
		SCOPED_JSON json_t *json = json_of_node(config->at);

		json_write_compact(&text, json);
		json_object_set_new(labels, CONFIG_LABEL,
				    json_string(buf_text(&text)));
	}
	return labels;
}

static json_t *config_json(const struct work *work,
			   const struct digest *diff_id)
{
	char digest[DIGEST_TEXT_SIZE];

	return json_pack("{s:s, s:s, s:s, s:{s:o}, s:{s:s, s:[s]}}", "created",
			 CREATED, "architecture", work->arch, "os", "linux",
			 "config", "Labels", labels_json(work), "rootfs",
			 "type", "layers", "diff_ids",
			 digest_text(diff_id, digest));
}

int package_build(const struct package *package, struct oci_store *store,
		  const char *arch, struct err *err)
{
	SCOPED(work)
	work = { .package = package, .arch = arch, .spool = SPOOL_INIT };
	SCOPED(oci_image) image = { 0 };
	struct digest diff_id;

	tree_init(&work.tree);
	log_info("build package %s", package->folder);
	if (!package->file.contents.at)
		return err_set(
			err, FAULT_INPUT,
			"%s/build.yml has no contents: packages with a Dockerfile need an engine",
			package->folder);
	if (spool_open(&work.spool, err) < 0 || fill_tree(&work, err) < 0)
		return err_wrap(err, "package %s", package->folder);
	image.layers = xcalloc(1, sizeof(*image.layers));
	image.layer_count = 1;
	if (write_layer(&work, store, &image.layers[0], &diff_id, err) < 0)
		return err_wrap(err, "package %s", package->folder);
	image.config = config_json(&work, &diff_id);
	return oci_image_write(store, package->name, &image, err);
}

/* Whatever is wrong with what the store holds, a new build is the cure. */
static bool is_whole(const struct package *package, struct oci_store *store,
		     const char *arch)
{
	SCOPED(oci_image) image = { 0 };
	SCOPED(err) why = { 0 };
	bool whole;

	if (oci_image_load(&image, store, package->name, arch, &why) < 0) {
		log_warn("%s; building it again", why.msg);
		return false;
	}
	whole = image.config;
	for (size_t i = 0; i < image.layer_count; i++)
		whole &= oci_store_has(store, &image.layers[i]);
	return whole;
}

int package_ensure(const struct package *package, struct oci_store *store,
		   const char *arch, bool offline, bool *built, struct err *err)
{
	*built = !is_whole(package, store, arch);
	if (*built && offline && package->file.contents.debian.at &&
	    debian_is_remote(&package->file.contents.debian))
		return err_set(
			err, FAULT_INPUT,
			"package %s is not in the cache, and --offline forbids to fetch what it is made of",
			package->folder);
	return *built ? package_build(package, store, arch, err) : 0;
}
