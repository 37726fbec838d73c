/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of a build. */
#include "cmd/lib/build/plan.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/build/runtime_spec.h"
#include "cmd/lib/oci/ref.h"
#include "cmd/lib/oci/source.h"

void plan_release(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		free(plan->images[i].text);
		free(plan->images[i].name);
		free(plan->images[i].pinned);
		free(plan->images[i].stored);
	}
	for (size_t i = 0; i < plan->package_count; i++) {
		package_release(plan->packages[i]);
		free(plan->packages[i]);
	}
	names_release(&plan->texts);
	free(plan->images);
	free(plan->packages);
	*plan = (struct plan){ 0 };
}

static const struct package *find_folder(const struct plan *plan,
					 const char *folder)
{
	for (size_t i = 0; i < plan->package_count; i++)
		if (strcmp(plan->packages[i]->folder, folder) == 0)
			return plan->packages[i];
	return NULL;
}

static const struct package *find_package(const struct plan *plan,
					  const char *name)
{
	for (size_t i = 0; i < plan->package_count; i++)
		if (strcmp(plan->packages[i]->name, name) == 0)
			return plan->packages[i];
	return NULL;
}

static int add_package(struct plan *plan, const char *folder,
		       const struct package **added, struct err *err)
{
	struct package *package = xcalloc(1, sizeof(*package));

	if (package_open(package, folder, plan->arch, err) < 0) {
		package_release(package);
		free(package);
		return -1;
	}
	plan->packages =
		xgrow(plan->packages, plan->package_count,
		      &plan->package_capacity, sizeof(struct package *));
	plan->packages[plan->package_count++] = package;
	*added = package;
	return 0;
}

static int expand(void *context, const struct yml_node *at, const char *folder,
		  char **text, struct err *err)
{
	struct plan *plan = context;
	SCOPED_FREE char *here = path_directory(at->file);
	SCOPED_FREE char *path = path_join(here, folder);
	const struct package *package = find_folder(plan, path);

	if (!package && add_package(plan, path, &package, err) < 0)
		return -1;
	*text = xstrdup(package->name);
	return 0;
}

struct manifest_templates plan_templates(struct plan *plan)
{
	return (struct manifest_templates){ expand, plan };
}

static struct planned_image *find(const struct plan *plan, const char *text)
{
	size_t place;

	return names_find(&plan->texts, text, &place) ? &plan->images[place]
						      : NULL;
}

const struct planned_image *plan_image(const struct plan *plan,
				       const char *text)
{
	return find(plan, text);
}

static struct planned_image *append(struct plan *plan, const char *text,
				    const struct yml_node *at)
{
	struct planned_image *image;

	plan->images = xgrow(plan->images, plan->count, &plan->capacity,
			     sizeof(*plan->images));
	image = &plan->images[plan->count++];
	*image = (struct planned_image){ .text = xstrdup(text), .at = at };
	names_add(&plan->texts, image->text, plan->count - 1);
	return image;
}

/* Where an image on this machine is, seen from the manifest; else NULL. */
static int locate(const struct oci_ref *ref, const struct yml_node *at,
		  char **stored, struct err *err)
{
	SCOPED_FREE char *folder = path_directory(at->file);

	*stored = NULL;
	if (ref->source == OCI_SOURCE_REGISTRY)
		return 0;
	if (strstr(at->file, "://"))
		return yml_fail(
			at, err,
			"%s: a manifest from the network cannot name images of this machine",
			ref->name);
	if (oci_source_locate(ref->name, folder, stored, err) < 0)
		return yml_wrap(at, err);
	return 0;
}

/* One text in manifests of two folders may be two images. */
static int check_same(const struct planned_image *image,
		      const struct yml_node *at, struct err *err)
{
	SCOPED_FREE char *folder = path_directory(at->file);
	SCOPED_FREE char *stored = NULL;

	if (!image->stored)
		return 0;
	if (oci_source_locate(image->name, folder, &stored, err) < 0)
		return yml_wrap(at, err);
	if (strcmp(stored, image->stored) == 0)
		return 0;
	return yml_fail(
		at, err,
		"%s is %s here and %s in another manifest: write the whole path",
		image->name, stored, image->stored);
}

/* An image that is `unpacked`, or kept as it is in a volume. */
static int add(struct plan *plan, const char *text, const struct yml_node *at,
	       bool unpacked, struct err *err)
{
	struct planned_image *image = find(plan, text);
	SCOPED_FREE char *stored = NULL;
	SCOPED(oci_ref) ref = { 0 };

	if (image && check_same(image, at, err) < 0)
		return -1;
	if (!image) {
		if (oci_ref_parse(&ref, text, err) < 0)
			return yml_wrap(at, err);
		if (locate(&ref, at, &stored, err) < 0)
			return -1;
		image = append(plan, text, at);
		image->package = find_package(plan, ref.name);
		image->name = TAKE(ref.name);
		image->stored = TAKE(stored);
	}
	image->unpacked |= unpacked;
	return 0;
}

static int add_optional(struct plan *plan, const struct val_str *image,
			bool unpacked, struct err *err)
{
	if (!val_text(image, NULL))
		return 0;
	return add(plan, image->text, image->at, unpacked, err);
}

static int add_section(struct plan *plan, const struct val_list *section,
		       struct err *err)
{
	const struct entry *entries = section->items;

	for (size_t i = 0; i < section->count; i++)
		if (add_optional(plan, &entries[i].image, true, err) < 0)
			return -1;
	return 0;
}

static int check_profiles(const struct manifest *manifest, struct err *err)
{
	SCOPED(yml_report) report = { 0 };

	for (size_t s = 0; s < SECTION_COUNT; s++) {
		const struct entry *entries = manifest->sections[s].items;

		for (size_t i = 0; i < manifest->sections[s].count; i++)
			seccomp_check(&entries[i].seccomp, &report);
	}
	return yml_report_end(&report, err);
}

int plan_make(struct plan *plan, const struct manifest *manifest,
	      struct err *err)
{
	const struct volume *volumes = manifest->volumes.items;

	if (check_profiles(manifest, err) < 0 ||
	    add_optional(plan, &manifest->kernel.image, true, err) < 0)
		return -1;
	for (size_t i = 0; i < manifest->init.count; i++)
		if (add(plan, manifest->init.items[i],
			manifest->init.at->items[i], true, err) < 0)
			return -1;
	for (size_t i = 0; i < manifest->volumes.count; i++)
		if (add_optional(plan, &volumes[i].image,
				 !volume_is_oci(&volumes[i]), err) < 0)
			return -1;
	for (size_t i = 0; i < SECTION_COUNT; i++)
		if (add_section(plan, &manifest->sections[i], err) < 0)
			return -1;
	return 0;
}

static bool has_digest(const char *name)
{
	return strchr(name, '@') != NULL;
}

int plan_pin(struct plan *plan, const struct lock *lock, struct err *err)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct planned_image *image = &plan->images[i];
		const char *digest;

		if (image->package || image->stored || has_digest(image->name))
			continue;
		digest = lock_find(lock, image->name);
		if (!digest)
			return yml_fail(
				image->at, err,
				"%s is not in %s: run kitbuild lock, or build with --no-lock",
				image->name, lock->path);
		free(image->pinned);
		image->pinned = xasprintf("%s@%s", image->name, digest);
	}
	return 0;
}
