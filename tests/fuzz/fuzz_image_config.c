/* SPDX-License-Identifier: Apache-2.0 */
/* An image's config, its label and what becomes of both in a bundle. */
/* links: lib */
#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/build/runtime_spec.h"
#include "tests/lib/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Three entries: one leaves all to the image, one adds, one is hardened. */
static const char entries[] =
	"volumes: [{name: data}]\n"
	"services:\n"
	"- {name: a, image: i}\n"
	"- {name: b, image: i, binds.add: ['data:/d'], capabilities.add: [CAP_KILL]}\n"
	"- {name: c, image: i, security: hardened, runtime: {mkdir: [/x]}}\n";

/* What is written has to be JSON again. */
static void check_json(const struct buf *text)
{
	SCOPED_JSON json_t *json = NULL;
	SCOPED(err) err = { 0 };

	if (json_parse(&json, buf_text(text), text->size, "spec", &err) < 0)
		abort();
}

static void write_bundle(const struct manifest *manifest, const json_t *image,
			 const struct entry *entry)
{
	const struct spec_input input = { entry, image, manifest, "amd64" };
	const struct bundle bundle = { "containers/x", "containers/x/lower",
				       entry_root_is_bound(entry) };
	SCOPED(buf) config = { 0 };
	SCOPED(buf) runtime = { 0 };
	SCOPED(err) err = { 0 };

	if (runtime_spec_write(&config, &input, &err) < 0)
		return;
	check_json(&config);
	if (runtime_json_write(&runtime, &input, &bundle, &err) < 0)
		abort();
	check_json(&runtime);
}

static void merge_and_write(const struct manifest *manifest,
			    const json_t *image, const struct entry *entry)
{
	const char *label = entry_label(image);
	SCOPED(yml_document) document = { 0 };
	SCOPED(yml_report) report = { 0 };
	SCOPED(err) err = { 0 };
	struct entry defaults = { 0 }, own = *entry, merged;

	if (label &&
	    entry_decode_label(&defaults, &document, "fuzz", label, &err) < 0)
		return;
	entry_lead_to_volumes(&own, manifest, &document.arena);
	entry_merge(&merged, &own, &defaults, &document.arena);
	entry_harden(&merged, manifest);
	entry_check(&merged, SECTION_SERVICES, &report);
	if (yml_report_end(&report, &err) == 0)
		write_bundle(manifest, image, &merged);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(manifest) manifest = { 0 };
	SCOPED_JSON json_t *image = NULL;
	SCOPED(err) err = { 0 };
	const struct val_list *services;
	const struct entry *items;

	if (json_parse(&image, (const char *)data, size, "config", &err) < 0 ||
	    !json_is_object(image))
		return 0;
	if (decode_checked(&manifest, "fuzz", entries, strlen(entries), &err) <
	    0)
		abort();
	services = &manifest.sections[SECTION_SERVICES];
	items = services->items;
	for (size_t i = 0; i < services->count; i++)
		merge_and_write(&manifest, image, &items[i]);
	return 0;
}
