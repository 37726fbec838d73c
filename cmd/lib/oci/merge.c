/* SPDX-License-Identifier: Apache-2.0 */
/* Two indexes become one, as JSON: what is not known is kept. */
#include "cmd/lib/oci/merge.h"

#include <string.h>

#include "cmd/lib/base/json.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/internal.h"

void oci_merge_release(struct oci_merge *merge)
{
	buf_release(&merge->text);
}

/* The digest of the image that the entry speaks about, or NULL. */
static const char *subject_of(const json_t *entry)
{
	const json_t *notes = json_object_get(entry, "annotations");
	const char *type = json_text(notes, "vnd.docker.reference.type");

	if (!type || strcmp(type, "attestation-manifest") != 0)
		return NULL;
	return json_text(notes, "vnd.docker.reference.digest");
}

static bool same_text(const json_t *a, const json_t *b, const char *key)
{
	const char *left = json_text(a, key);
	const char *right = json_text(b, key);

	return strcmp(left ? left : "", right ? right : "") == 0;
}

static bool same_platform(const json_t *a, const json_t *b)
{
	const json_t *left = json_object_get(a, "platform");
	const json_t *right = json_object_get(b, "platform");

	/* Entries that tell no platform stand for themselves. */
	if (!left || !right)
		return same_text(a, b, "digest");
	return same_text(left, right, "os") &&
	       same_text(left, right, "architecture") &&
	       same_text(left, right, "variant") &&
	       same_text(left, right, "os.version");
}

static bool has_digest(const json_t *list, const char *digest)
{
	for (size_t i = 0; digest && i < json_array_size(list); i++) {
		const char *found =
			json_text(json_array_get(list, i), "digest");

		if (found && strcmp(found, digest) == 0)
			return true;
	}
	return false;
}

static bool has_platform(const json_t *list, size_t count, const json_t *entry)
{
	for (size_t i = 0; i < count; i++)
		if (same_platform(json_array_get(list, i), entry))
			return true;
	return false;
}

static bool has_all(const json_t *list, const json_t *of)
{
	for (size_t i = 0; i < json_array_size(of); i++)
		if (!has_digest(list,
				json_text(json_array_get(of, i), "digest")))
			return false;
	return true;
}

/* Images whose platform is not among the first `known` of the list. */
static void add_images(json_t *list, size_t known, json_t *from)
{
	for (size_t i = 0; i < json_array_size(from); i++) {
		json_t *entry = json_array_get(from, i);

		if (!subject_of(entry) && !has_platform(list, known, entry))
			json_array_append(list, entry);
	}
}

static void add_attestations(json_t *list, json_t *from)
{
	for (size_t i = 0; i < json_array_size(from); i++) {
		json_t *entry = json_array_get(from, i);
		const char *subject = subject_of(entry);

		if (subject && has_digest(list, subject) &&
		    !has_digest(list, json_text(entry, "digest")))
			json_array_append(list, entry);
	}
}

static int parse(const struct buf *text, json_t **json, json_t **list,
		 struct err *err)
{
	if (json_parse(json, buf_text(text), text->size, "index", err) < 0)
		return -1;
	*list = json_object_get(*json, "manifests");
	if (!json_is_array(*list))
		return err_set(err, FAULT_INPUT,
			       "index: has no list of manifests");
	return 0;
}

int oci_merge_run(struct oci_merge *merge, struct err *err)
{
	SCOPED_JSON json_t *ours = NULL;
	SCOPED_JSON json_t *theirs = NULL;
	json_t *our_list;
	json_t *their_list;
	json_t *list;

	if (parse(merge->ours, &ours, &our_list, err) < 0 ||
	    parse(merge->theirs, &theirs, &their_list, err) < 0)
		return -1;
	merge->is_theirs = has_all(their_list, our_list);
	if (merge->is_theirs)
		return 0;
	list = json_array();
	add_images(list, 0, our_list);
	add_images(list, json_array_size(list), their_list);
	add_attestations(list, our_list);
	add_attestations(list, their_list);
	json_object_set_new(ours, "manifests", list);
	json_write_compact(&merge->text, ours);
	if (merge->text.size > OCI_MANIFEST_MAX)
		return err_set(err, FAULT_INPUT,
			       "the merged index has more than %zu bytes",
			       OCI_MANIFEST_MAX);
	return 0;
}
