/* fuzzes: oci_manifest_parse, manifests (first byte even) and indexes (odd) */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/lib/oci/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(buf) text = { 0 };
	SCOPED(err) err = { 0 };
	SCOPED(oci_manifest) manifest = { 0 };
	const struct oci_descriptor *chosen;
	bool index = size > 0 && data[0] % 2;

	if (size == 0)
		return 0;
	buf_add(&text, data + 1, size - 1);
	if (oci_manifest_parse(&manifest, &text,
			       index ? OCI_TYPE_INDEX : OCI_TYPE_MANIFEST,
			       "fuzz", &err) == 0 &&
	    manifest.is_index &&
	    oci_manifest_choose(&manifest, "amd64", &chosen, &err) == 0 &&
	    !oci_type_is_manifest(chosen->media_type))
		abort();
	return 0;
}
