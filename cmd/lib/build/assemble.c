/* SPDX-License-Identifier: Apache-2.0 */
/* The root of an image, part by part in LinuxKit's order. */
#include "cmd/lib/build/assemble.h"

#include <string.h>

#include "cmd/lib/base/log.h"
#include "cmd/lib/build/apk.h"
#include "cmd/lib/build/files.h"
#include "cmd/lib/build/volume.h"
#include "cmd/lib/image/graft.h"

int assemble_load(const struct build *build,
		  const struct planned_image *planned, struct oci_image *image,
		  struct err *err)
{
	if (oci_image_load(image, build->store, planned_reference(planned),
			   build->arch, err) < 0)
		return -1;
	if (!image->config)
		return err_set(err, FAULT_SYSTEM,
			       "%s has gone from the store while it was used",
			       planned_reference(planned));
	return 0;
}

int assemble_note(const struct build *build, struct image *image,
		  const struct sbom_input *input, struct err *err)
{
	struct sbom_input whole = *input;

	if (!build->sbom)
		return 0;
	whole.store = build->store;
	whole.spool = &image->spool;
	return sbom_add_image(build->sbom, &whole, err);
}

int assemble_unpack(const struct build *build, struct image *image,
		    const struct planned_image *planned, const char *path,
		    enum flatten_for purpose, struct err *err)
{
	SCOPED(oci_image) loaded = { 0 };
	SCOPED(tree) tree = { 0 };
	struct tree_node *base = image->tree.root;
	const struct sbom_input part = {
		.name = planned->name,
		.place = path,
		.image = &loaded,
		.tree = &tree,
	};

	tree_init(&tree);
	if (*path)
		base = tree_lookup(&image->tree, base, path, false);
	if (assemble_load(build, planned, &loaded, err) < 0 ||
	    flatten_layers(&tree, &image->spool, build->store, &loaded,
			   planned->name, err) < 0 ||
	    assemble_note(build, image, &part, err) < 0 ||
	    flatten_filter(&tree, &image->spool, purpose, err) < 0)
		return -1;
	return tree_graft(&image->tree, base, &tree, planned->name, err);
}

static int assemble_init(const struct build *build, struct image *image,
			 struct err *err)
{
	const struct val_strs *init = &build->manifest->init;
	SCOPED(apk_databases) databases = { 0 };

	for (size_t i = 0; i < init->count; i++) {
		const struct planned_image *planned =
			plan_image(build->plan, init->items[i]);
		SCOPED_FREE char *location = xasprintf("init[%zu]", i);

		log_debug("init %s", planned->name);
		image_begin_segment(image, location, planned->name);
		if (assemble_unpack(build, image, planned, "", FLATTEN_SYSTEM,
				    err) < 0 ||
		    apk_note(&databases, image, err) < 0)
			return -1;
	}
	return apk_join(&databases, image, err);
}

static const char *full_name(const void *context, const char *text)
{
	const struct planned_image *image = plan_image(context, text);

	return image ? image->name : text;
}

static int assemble_files(const struct build *build, struct image *image,
			  struct err *err)
{
	const struct file *files = build->manifest->files.items;
	struct emit_names names = { full_name, build->plan };
	struct file_target target = {
		.tree = &image->tree,
		.spool = &image->spool,
		.manifest = build->manifest,
		.names = &names,
	};

	for (size_t i = 0; i < build->manifest->files.count; i++) {
		SCOPED_FREE char *location = xasprintf("files[%zu]", i);

		image_begin_segment(image, location, "linuxkit.files");
		if (file_put(&target, &files[i], err) < 0)
			return -1;
	}
	return 0;
}

static int assemble_all(const struct build *build, struct image *image,
			struct err *err)
{
	if ((build->sbom && sbom_begin(build->sbom, err) < 0) ||
	    assemble_kernel(build, image, err) < 0 ||
	    assemble_init(build, image, err) < 0 ||
	    assemble_volumes(build, image, err) < 0)
		return -1;
	for (size_t i = 0; i < SECTION_COUNT; i++)
		if (assemble_section(build, image, (enum section)i, err) < 0)
			return -1;
	if (assemble_files(build, image, err) < 0)
		return -1;
	return build->sbom ? sbom_put(build->sbom, image, err) : 0;
}

int build_assemble(const struct build *build, struct image *image,
		   struct err *err)
{
	SCOPED(err) why = { 0 };

	if (assemble_all(build, image, &why) == 0)
		return 0;
	if (!oci_store_met_damage(build->store))
		return err_move(err, &why);
	/* Layers are read here for the first time: repair, once. */
	log_debug("%s", why.msg);
	image_release(image);
	if (build_fetch(build, err) < 0 || image_init(image, err) < 0)
		return -1;
	return assemble_all(build, image, err);
}
