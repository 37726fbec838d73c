/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests, and the specs of their entries. */
/* links: lib */
#include <stdio.h>
#include <string.h>

#include "cmd/lib/build/runtime_spec.h"
#include "tests/lib/manifest.h"
#include "yml/emit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_entry(const struct manifest *manifest,
			const struct entry *entry)
{
	struct entry merged = *entry;
	SCOPED(buf) text = { 0 };
	SCOPED(err) err = { 0 };
	struct spec_input input = { &merged, NULL, manifest, "amd64" };
	struct bundle bundle = { "containers/x", "containers/x/lower", false };

	entry_harden(&merged, manifest);
	if (runtime_spec_write(&text, &input, &err) == 0 &&
	    runtime_json_write(&text, &input, &bundle, &err) < 0)
		abort();
}

/* Metadata is a manifest again, and the same one. */
static void check_metadata(const struct manifest *manifest)
{
	SCOPED(buf) first = { 0 };
	SCOPED(buf) second = { 0 };
	SCOPED(manifest) again = { 0 };
	SCOPED(err) err = { 0 };

	if (manifest_emit(&first, manifest, EMIT_YAML, NULL, &err) < 0 ||
	    decode_checked(&again, "again", buf_text(&first), first.size,
			   &err) < 0 ||
	    manifest_emit(&second, &again, EMIT_YAML, NULL, &err) < 0 ||
	    strcmp(buf_text(&first), buf_text(&second)) != 0) {
		fprintf(stderr, "%s\n", err.msg ? err.msg : "it differs");
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(manifest) manifest = { 0 };
	SCOPED(err) err = { 0 };
	const struct val_list *onboot = &manifest.sections[SECTION_ONBOOT];
	const struct entry *entries;

	if (decode_checked(&manifest, "fuzz", (const char *)data, size, &err) <
	    0)
		return 0;
	check_metadata(&manifest);
	entries = onboot->items;
	for (size_t i = 0; i < onboot->count && i < 10; i++)
		write_entry(&manifest, &entries[i]);
	return 0;
}
