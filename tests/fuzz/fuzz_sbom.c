/* SPDX-License-Identifier: Apache-2.0 */
/* A document that is attested about an image, merged into ours. */
/* links: lib */
#include <string.h>

#include "cmd/lib/build/sbom_part.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* However odd the part was, what comes of it is JSON again. */
static void check_document(struct sbom *sbom)
{
	SCOPED(image) image = { .spool = SPOOL_INIT };
	SCOPED(err) err = { 0 };
	SCOPED(buf) text = { 0 };
	SCOPED_JSON json_t *json = NULL;
	const struct tree_node *node;

	if (image_init(&image, &err) < 0 || sbom_put(sbom, &image, &err) < 0)
		abort();
	node = tree_lookup(&image.tree, image.tree.root, sbom->path, false);
	if (spool_load(&image.spool, &node->inode->content, &text, &err) < 0 ||
	    json_parse(&json, buf_text(&text), text.size, "sbom", &err) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(sbom) sbom = { .path = "sbom.spdx.json" };
	SCOPED(sbom_part) part = { 0 };
	SCOPED(err) err = { 0 };
	SCOPED_JSON json_t *json = NULL;

	if (json_parse(&json, (const char *)data, size, "fuzz", &err) < 0)
		return 0;
	if (sbom_begin(&sbom, &err) < 0)
		abort();
	sbom_part_begin(&part, &sbom, "SPDXRef-Image-1", "containers/a");
	if (sbom_part_merge(&part, json, &err) == 0)
		check_document(&sbom);
	return 0;
}
