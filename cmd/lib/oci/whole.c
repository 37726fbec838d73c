/* SPDX-License-Identifier: Apache-2.0 */
/* Images as they are kept, for several platforms. */
#include "cmd/lib/oci/whole.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/fetch.h"
#include "cmd/lib/oci/internal.h"
#include "cmd/lib/oci/platform.h"

#define BLOBS_MAX 16384 /* of one name */

void oci_blobs_release(struct oci_blobs *blobs)
{
	for (size_t i = 0; i < blobs->count; i++)
		oci_descriptor_release(&blobs->items[i]);
	free(blobs->items);
	oci_descriptor_release(&blobs->root);
	*blobs = (struct oci_blobs){ 0 };
}

static void add_blob(struct oci_blobs *blobs,
		     const struct oci_descriptor *descriptor)
{
	for (size_t i = 0; i < blobs->count; i++)
		if (digest_equal(&blobs->items[i].digest, &descriptor->digest))
			return;
	blobs->items = xgrow(blobs->items, blobs->count, &blobs->capacity,
			     sizeof(*blobs->items));
	blobs->items[blobs->count] = (struct oci_descriptor){ 0 };
	oci_descriptor_copy(&blobs->items[blobs->count++], descriptor);
}

static bool is_chosen(const struct oci_whole *whole,
		      const struct oci_made_for *made_for)
{
	for (size_t i = 0; i < whole->platform_count; i++)
		if (oci_platform_is(whole->platforms[i], made_for))
			return true;
	return whole->platform_count == 0;
}

static int load_manifest(struct oci_manifest *manifest, struct oci_store *store,
			 const struct oci_descriptor *descriptor,
			 struct err *err)
{
	SCOPED(buf) text = { 0 };
	char name[DIGEST_TEXT_SIZE];

	if (oci_store_load(store, descriptor, OCI_MANIFEST_MAX, &text, err) < 0)
		return -1;
	return oci_manifest_parse(manifest, &text, descriptor->media_type,
				  digest_text(&descriptor->digest, name), err);
}

/* The manifests that are wanted, of an index or the one there is. */
static int choose(struct oci_blobs *chosen, struct oci_store *store,
		  const struct oci_whole *whole,
		  const struct oci_descriptor *root, struct err *err)
{
	SCOPED(oci_manifest) index = { 0 };

	if (load_manifest(&index, store, root, err) < 0)
		return -1;
	if (!index.is_index) {
		add_blob(chosen, root);
		return 0;
	}
	for (size_t i = 0; i < index.entry_count; i++) {
		const struct oci_entry *entry = &index.entries[i];
		const struct oci_made_for made_for = { entry->os, entry->arch,
						       entry->variant };

		if (is_chosen(whole, &made_for))
			add_blob(chosen, &entry->descriptor);
	}
	if (chosen->count == 0)
		return err_set(
			err, FAULT_INPUT,
			"none of its images is for a platform asked for");
	return 0;
}

/* Of an image without an index, only its config says what it is made for. */
static int check_single(struct oci_store *store, const struct oci_whole *whole,
			const struct oci_descriptor *root, struct err *err)
{
	SCOPED(oci_manifest) manifest = { 0 };
	SCOPED(buf) text = { 0 };
	SCOPED_JSON json_t *config = NULL;
	struct oci_made_for made_for;

	if (whole->platform_count == 0 || oci_type_is_index(root->media_type))
		return 0;
	if (load_manifest(&manifest, store, root, err) < 0 ||
	    oci_store_load(store, &manifest.config, OCI_CONFIG_MAX, &text,
			   err) < 0 ||
	    json_parse(&config, buf_text(&text), text.size, "config", err) < 0)
		return -1;
	made_for = (struct oci_made_for){
		.os = json_text(config, "os"),
		.arch = json_text(config, "architecture"),
		.variant = json_text(config, "variant"),
	};
	if (is_chosen(whole, &made_for))
		return 0;
	return err_set(err, FAULT_INPUT,
		       "made for %.40s/%.40s, not for a platform asked for",
		       made_for.os ? made_for.os : "?",
		       made_for.arch ? made_for.arch : "?");
}

/* One image's config and layers. */
static int add_parts(struct oci_blobs *parts, struct oci_store *store,
		     const struct oci_descriptor *descriptor, struct err *err)
{
	SCOPED(oci_manifest) manifest = { 0 };

	if (load_manifest(&manifest, store, descriptor, err) < 0)
		return -1;
	if (manifest.is_index)
		return err_set(err, FAULT_INPUT, "an index within an index");
	if (parts->count > BLOBS_MAX)
		return err_set(err, FAULT_INPUT, "more than %d blobs",
			       BLOBS_MAX);
	add_blob(parts, &manifest.config);
	for (size_t i = 0; i < manifest.layer_count; i++)
		add_blob(parts, &manifest.layers[i]);
	return 0;
}

/* What is fetched on the way. */
struct work {
	struct fetch fetch;
	struct oci_blobs manifests, parts;
};

static void work_release(struct work *work)
{
	oci_blobs_release(&work->manifests);
	oci_blobs_release(&work->parts);
	fetch_release(&work->fetch);
}

/* The pull may ask for that blob from now on; `*lacking` when it has to. */
static int look_for(struct work *work, const struct oci_descriptor *blob,
		    bool thorough, bool *lacking, struct err *err)
{
	const struct lack lack = { "a part of it is", blob };

	*lacking = !fetch_is_good(work->fetch.store, blob, thorough);
	if (!*lacking)
		return 0;
	return pull_go_online(&work->fetch, work->fetch.pulls, &lack, err);
}

static int fetch_chosen(struct work *work, struct err *err)
{
	SCOPED_FREE struct manifest_want *wants =
		xcalloc(work->manifests.count + 1, sizeof(*wants));
	size_t count = 0;

	for (size_t i = 0; i < work->manifests.count; i++) {
		const struct oci_descriptor *blob = &work->manifests.items[i];
		bool lacking;

		if (look_for(work, blob, true, &lacking, err) < 0)
			return -1;
		if (lacking)
			wants[count++] = (struct manifest_want){
				.pull = work->fetch.pulls,
				.expected = blob,
			};
	}
	return fetch_manifests(&work->fetch, wants, count, err);
}

static int fetch_parts(struct work *work, struct err *err)
{
	bool thorough = work->fetch.request->pull == OCI_PULL_ALWAYS;
	SCOPED_FREE struct blob_want *wants =
		xcalloc(work->parts.count + 1, sizeof(*wants));
	size_t count = 0;

	for (size_t i = 0; i < work->parts.count; i++) {
		const struct oci_descriptor *blob = &work->parts.items[i];
		bool lacking;

		if (look_for(work, blob, thorough, &lacking, err) < 0)
			return -1;
		if (lacking)
			wants[count++] = (struct blob_want){
				.pull = work->fetch.pulls,
				.descriptor = blob,
			};
	}
	return fetch_blobs(&work->fetch, wants, count, err);
}

int oci_whole_fetch(struct oci_store *store, struct oci_client *client,
		    const struct oci_whole *whole, enum oci_pull pull,
		    struct err *err)
{
	SCOPED(strv) names = { 0 };
	const struct oci_request request = { .names = &names, .pull = pull };
	SCOPED(work)
	work = { .fetch = { .store = store,
			    .client = client,
			    .request = &request } };
	struct pull *only;

	strv_add(&names, whole->name);
	if (fetch_roots(&work.fetch, err) < 0)
		return -1;
	only = work.fetch.pulls;
	if (choose(&work.manifests, store, whole, &only->root, err) < 0)
		return err_wrap(err, "%s", only->what);
	if (fetch_chosen(&work, err) < 0)
		return -1;
	for (size_t i = 0; i < work.manifests.count; i++)
		if (add_parts(&work.parts, store, &work.manifests.items[i],
			      err) < 0)
			return err_wrap(err, "%s", only->what);
	if (fetch_parts(&work, err) < 0)
		return -1;
	if (only->is_named)
		return 0;
	return oci_store_put(store, only->ref.name, &only->root, err);
}

int oci_whole_list(struct oci_blobs *blobs, struct oci_store *store,
		   const struct oci_whole *whole, struct err *err)
{
	SCOPED(oci_blobs) manifests = { 0 };
	SCOPED(oci_ref) ref = { 0 };
	bool found;

	if (oci_ref_parse(&ref, whole->name, err) < 0 ||
	    oci_store_find(store, ref.name, &found, &blobs->root, err) < 0)
		return -1;
	if (!found)
		return err_set(err, FAULT_INPUT, "%s is not in the cache",
			       ref.name);
	if (choose(&manifests, store, whole, &blobs->root, err) < 0 ||
	    check_single(store, whole, &blobs->root, err) < 0)
		return err_wrap(err, "image %s", ref.name);
	for (size_t i = 0; i < manifests.count; i++) {
		if (add_parts(blobs, store, &manifests.items[i], err) < 0)
			return err_wrap(err, "image %s", ref.name);
		add_blob(blobs, &manifests.items[i]);
	}
	add_blob(blobs, &blobs->root);
	return 0;
}
