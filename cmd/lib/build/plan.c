/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of a build. */
#include "cmd/lib/build/plan.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/oci/ref.h"

#define PACKAGE_PREFIX "@pkg:"

void plan_release(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		free(plan->images[i].text);
		free(plan->images[i].name);
		package_release(&plan->images[i].package);
	}
	free(plan->images);
	*plan = (struct plan){ 0 };
}

const struct planned_image *plan_image(const struct plan *plan,
				       const char *text)
{
	for (size_t i = 0; i < plan->count; i++)
		if (strcmp(plan->images[i].text, text) == 0)
			return &plan->images[i];
	return NULL;
}

static int name_package(struct planned_image *image, const char *arch,
			struct err *err)
{
	SCOPED_FREE char *here = path_directory(image->at->file);
	SCOPED_FREE char *folder =
		path_join(here, image->text + strlen(PACKAGE_PREFIX));

	if (package_open(&image->package, folder, arch, err) < 0)
		return -1;
	image->name = xstrdup(image->package.name);
	return 0;
}

static int name_image(struct planned_image *image, struct err *err)
{
	SCOPED(oci_ref) ref = { 0 };

	if (image->text[0] == '@')
		return err_set(err, FAULT_INPUT,
			       "'%s' is no template: only @pkg:PATH is one",
			       image->text);
	if (oci_ref_parse(&ref, image->text, err) < 0)
		return -1;
	image->name = TAKE(ref.name);
	return 0;
}

static int add(struct plan *plan, const char *text, const struct yml_node *at,
	       const char *arch, struct err *err)
{
	struct planned_image *image;
	int result;

	if (plan_image(plan, text))
		return 0;
	plan->images = xgrow(plan->images, plan->count, &plan->capacity,
			     sizeof(*plan->images));
	image = &plan->images[plan->count++];
	*image = (struct planned_image){ .text = xstrdup(text), .at = at };
	if (strncmp(text, PACKAGE_PREFIX, strlen(PACKAGE_PREFIX)) == 0)
		result = name_package(image, arch, err);
	else
		result = name_image(image, err);
	return result < 0 ? yml_wrap(at, err) : 0;
}

static int add_optional(struct plan *plan, const struct val_str *image,
			const char *arch, struct err *err)
{
	if (!val_text(image, NULL))
		return 0;
	return add(plan, image->text, image->at, arch, err);
}

static int add_section(struct plan *plan, const struct val_list *section,
		       const char *arch, struct err *err)
{
	const struct entry *entries = section->items;

	for (size_t i = 0; i < section->count; i++)
		if (add_optional(plan, &entries[i].image, arch, err) < 0)
			return -1;
	return 0;
}

int plan_make(struct plan *plan, const struct manifest *manifest,
	      const char *arch, struct err *err)
{
	const struct volume *volumes = manifest->volumes.items;

	if (add_optional(plan, &manifest->kernel.image, arch, err) < 0)
		return -1;
	for (size_t i = 0; i < manifest->init.count; i++)
		if (add(plan, manifest->init.items[i],
			manifest->init.at->items[i], arch, err) < 0)
			return -1;
	for (size_t i = 0; i < manifest->volumes.count; i++)
		if (add_optional(plan, &volumes[i].image, arch, err) < 0)
			return -1;
	for (size_t i = 0; i < SECTION_COUNT; i++)
		if (add_section(plan, &manifest->sections[i], arch, err) < 0)
			return -1;
	return 0;
}
