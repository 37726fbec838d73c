/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors. */
#include "cmd/lib/oci/descriptor.h"

#include "cmd/lib/base/mem.h"

void oci_descriptor_release(struct oci_descriptor *descriptor)
{
	free(descriptor->media_type);
	*descriptor = (struct oci_descriptor){ 0 };
}

void oci_descriptor_copy(struct oci_descriptor *to,
			 const struct oci_descriptor *from)
{
	*to = *from;
	to->media_type = xstrdup(from->media_type);
}

int oci_descriptor_parse(struct oci_descriptor *descriptor, const json_t *json,
			 const char *name, struct err *err)
{
	const char *media_type = json_text(json, "mediaType");
	const char *digest = json_text(json, "digest");
	const json_t *size = json_object_get(json, "size");

	*descriptor = (struct oci_descriptor){ 0 };
	if (!media_type)
		return err_set(err, FAULT_INPUT, "%s has no mediaType", name);
	if (!digest || !digest_parse(&descriptor->digest, digest))
		return err_set(err, FAULT_INPUT,
			       "%s: '%.100s' is not a sha256 digest", name,
			       digest ? digest : "");
	if (!json_is_integer(size) || json_integer_value(size) < 0)
		return err_set(err, FAULT_INPUT,
			       "%s: its size is not a number of bytes", name);
	descriptor->size_bytes = (uint64_t)json_integer_value(size);
	descriptor->media_type = xstrdup(media_type);
	return 0;
}

json_t *oci_descriptor_json(const struct oci_descriptor *descriptor)
{
	char text[DIGEST_TEXT_SIZE];
	json_t *json = json_object();

	json_object_set_new(json, "mediaType",
			    json_string(descriptor->media_type));
	json_object_set_new(json, "size",
			    json_integer((json_int_t)descriptor->size_bytes));
	json_object_set_new(
		json, "digest",
		json_string(digest_text(&descriptor->digest, text)));
	return json;
}
