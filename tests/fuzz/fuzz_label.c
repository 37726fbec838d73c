/* SPDX-License-Identifier: Apache-2.0 */
/* The label org.mobyproject.config below an empty manifest entry. */
/* links: lib */
#include "cmd/lib/base/mem.h"
#include "cmd/lib/build/runtime_spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_FREE char *label = xstrndup((const char *)data, size);
	SCOPED(yml_document) document = { 0 };
	SCOPED(err) err = { 0 };
	SCOPED(buf) text = { 0 };
	static const struct manifest manifest;
	static const struct entry nothing;
	struct entry entry = { 0 }, merged;
	struct spec_input input = { &merged, NULL, &manifest, "amd64" };

	if (entry_decode_label(&entry, &document, "fuzz", label, &err) < 0)
		return 0;
	entry_merge(&merged, &nothing, &entry, &document.arena);
	if (runtime_spec_write(&text, &input, &err) == 0 && text.size == 0)
		abort();
	return 0;
}
