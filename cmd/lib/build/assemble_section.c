/* SPDX-License-Identifier: Apache-2.0 */
/* The bundles of onboot, onshutdown and services. */
#include "cmd/lib/build/assemble.h"

#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/build/runtime_spec.h"

/* One entry on its way. */
struct work {
	const struct build *build;
	struct image *image;
	const struct planned_image *planned;
	enum section section;
	size_t index;
	struct oci_image loaded;
	struct yml_document label;
	struct entry entry; /* merged */
	char *path;         /* containers/onboot/000-name */
	char *root;         /* where the image lies, our own or shared */
};

static void work_release(struct work *work)
{
	oci_image_release(&work->loaded);
	yml_document_release(&work->label);
	free(work->path);
	free(work->root);
}

static char *bundle_path(enum section section, size_t index, const char *name)
{
	if (section == SECTION_SERVICES)
		return xasprintf("containers/services/%s", name);
	return xasprintf("containers/%s/%03zu-%s", section_name(section), index,
			 name);
}

static int merge_entry(struct work *work, const struct entry *entry,
		       struct err *err)
{
	const char *label = entry_label(work->loaded.config);
	struct entry defaults = { 0 };
	struct entry own = *entry;
	SCOPED(yml_report) report = { 0 };

	if (label && entry_decode_label(&defaults, &work->label,
					work->planned->name, label, err) < 0)
		return -1;
	entry_lead_to_volumes(&own, work->build->manifest, &work->label.arena);
	entry_merge(&work->entry, &own, &defaults, &work->label.arena);
	entry_harden(&work->entry, work->build->manifest);
	/* What the label adds is seen in its section for the first time. */
	entry_check(&work->entry, work->section, &report);
	return yml_report_end(&report, err);
}

/* Where the image of an earlier entry lies: its readonly decides. */
static char *root_of(const struct tree *tree, enum section section,
		     size_t index, const char *name)
{
	SCOPED_FREE char *path = bundle_path(section, index, name);
	SCOPED_FREE char *lower = xasprintf("%s/lower", path);

	if (tree_lookup(tree, tree->root, lower, false))
		return TAKE(lower);
	return xasprintf("%s/rootfs", path);
}

/* The first entry with an image unpacks it; later ones share its directory. */
static char *shared_root(const struct work *work)
{
	const struct manifest *manifest = work->build->manifest;

	for (size_t s = 0; s <= work->section; s++) {
		const struct entry *entries = manifest->sections[s].items;
		size_t count = s == work->section ? work->index
						  : manifest->sections[s].count;

		for (size_t i = 0; i < count; i++) {
			const struct planned_image *planned = plan_image(
				work->build->plan, entries[i].image.text);

			if (strcmp(planned->name, work->planned->name) == 0)
				return root_of(&work->image->tree,
					       (enum section)s, i,
					       entries[i].name.text);
		}
	}
	return NULL;
}

static int put_directory(struct work *work, const char *name, struct err *err)
{
	SCOPED_FREE char *path = xasprintf("%s/%s", work->path, name);

	return image_put_directory(work->image, path, 0755, err);
}

static int put_text(struct work *work, const char *name, const struct buf *text,
		    struct err *err)
{
	SCOPED_FREE char *path = xasprintf("%s/%s", work->path, name);

	return image_put_file(work->image, path, 0644, buf_text(text),
			      text->size, err);
}

static int unpack_root(struct work *work, struct err *err)
{
	bool readonly = entry_root_is_bound(&work->entry);

	work->root = shared_root(work);
	if (work->root)
		return 0;
	work->root =
		xasprintf("%s/%s", work->path, readonly ? "rootfs" : "lower");
	if (image_put_directory(work->image, work->root, 0755, err) < 0)
		return -1;
	return assemble_unpack(work->build, work->image, work->planned,
			       work->root, FLATTEN_CONTAINER, err);
}

static int write_bundle(struct work *work, struct err *err)
{
	bool readonly = entry_root_is_bound(&work->entry);
	struct spec_input input = { &work->entry, work->loaded.config,
				    work->build->manifest, work->build->arch };
	struct bundle bundle = { .path = work->path, .readonly = readonly };
	SCOPED_FREE char *rootfs = xasprintf("%s/rootfs", work->path);
	SCOPED(buf) config = { 0 };
	SCOPED(buf) runtime = { 0 };

	if (image_put_directory(work->image, work->path, 0755, err) < 0 ||
	    unpack_root(work, err) < 0 ||
	    runtime_spec_write(&config, &input, err) < 0 ||
	    put_text(work, "config.json", &config, err) < 0)
		return -1;
	if (!readonly && put_directory(work, "tmp", err) < 0)
		return -1;
	/* Not when the image itself lies there: its metadata would go. */
	if (strcmp(work->root, rootfs) != 0 &&
	    put_directory(work, "rootfs", err) < 0)
		return -1;
	bundle.root = work->root;
	if (runtime_json_write(&runtime, &input, &bundle, err) < 0)
		return -1;
	return put_text(work, "runtime.json", &runtime, err);
}

static int assemble_entry(const struct build *build, struct image *image,
			  enum section section, size_t index, struct err *err)
{
	const struct entry *entries = build->manifest->sections[section].items;
	const struct entry *entry = &entries[index];
	SCOPED_FREE char *location =
		xasprintf("%s[%zu]", section_name(section), index);
	SCOPED(work)
	work = {
		.build = build,
		.image = image,
		.planned = plan_image(build->plan, entry->image.text),
		.section = section,
		.index = index,
		.path = bundle_path(section, index, entry->name.text),
	};

	log_debug("%s %s", section_name(section), entry->name.text);
	image_begin_segment(image, location, work.planned->name);
	if (assemble_load(build, work.planned, &work.loaded, err) < 0 ||
	    merge_entry(&work, entry, err) < 0)
		return -1;
	return write_bundle(&work, err);
}

int assemble_section(const struct build *build, struct image *image,
		     enum section section, struct err *err)
{
	for (size_t i = 0; i < build->manifest->sections[section].count; i++)
		if (assemble_entry(build, image, section, i, err) < 0)
			return -1;
	return 0;
}
