/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of a fetch. All names take each step together, so that a build
 * with twenty images waits for four round trips and not for eighty.
 */
#include "cmd/lib/oci/fetch.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/gc.h"
#include "cmd/lib/oci/image.h"
#include "cmd/lib/oci/internal.h"
#include "cmd/lib/oci/source.h"

void fetch_release(struct fetch *fetch)
{
	for (size_t i = 0; i < fetch->count; i++)
		pull_release(&fetch->pulls[i]);
	free(fetch->pulls);
}

/* Damage is remembered by the store. */
bool fetch_is_good(struct oci_store *store,
		   const struct oci_descriptor *descriptor, bool thorough)
{
	SCOPED_READER struct reader *reader = NULL;
	SCOPED(err) why = { 0 };

	oci_store_use(store, descriptor);
	if (!oci_store_has(store, descriptor))
		return false;
	if (!thorough)
		return true;
	return oci_store_read(store, descriptor, &reader, &why) == 0 &&
	       reader_drain(reader, &why) == 0;
}

static int is_root_of(struct oci_store *store, struct pull *pull,
		      struct err *err)
{
	SCOPED(oci_descriptor) known = { 0 };
	bool found;

	if (oci_store_find(store, pull->ref.name, &found, &known, err) < 0)
		return -1;
	pull->is_named =
		found && digest_equal(&known.digest, &pull->root.digest);
	return 0;
}

static int find_root(struct fetch *fetch, struct pull *pull, struct err *err)
{
	bool found;

	if (pull->ref.source != OCI_SOURCE_REGISTRY) {
		if (oci_source_bring(fetch->store, fetch->client, &pull->ref,
				     &pull->root, err) < 0)
			return err_wrap(err, "%s", pull->what);
		pull->has_root = true;
		return is_root_of(fetch->store, pull, err);
	}
	if (oci_store_find(fetch->store, pull->ref.name, &found, &pull->root,
			   err) < 0)
		return -1;
	pull->has_root = found;
	if (found && pull->ref.has_digest &&
	    !digest_equal(&pull->root.digest, &pull->ref.digest))
		pull->has_root = false;
	if (found && !pull->ref.has_digest && !fetch->client->offline &&
	    fetch->request->pull == OCI_PULL_ALWAYS)
		pull->has_root = false;
	pull->is_named = pull->has_root;
	if (pull->has_root)
		return 0;
	oci_descriptor_release(&pull->root);
	/* What is pinned and here needs no question. */
	if (pull->ref.has_digest)
		pull->has_root = oci_manifest_describe(
			fetch->store, &pull->ref.digest, &pull->root);
	return 0;
}

static bool is_known(const struct fetch *fetch, const char *name)
{
	for (size_t i = 0; i < fetch->count; i++)
		if (strcmp(fetch->pulls[i].ref.name, name) == 0)
			return true;
	return false;
}

static int add_pull(struct fetch *fetch, const char *text, struct err *err)
{
	SCOPED(oci_ref) ref = { 0 };
	struct pull *pull = &fetch->pulls[fetch->count];

	if (oci_ref_parse(&ref, text, err) < 0)
		return -1;
	if (is_known(fetch, ref.name))
		return 0;
	pull->what = xasprintf("image %s", ref.name);
	pull->ref = ref;
	ref = (struct oci_ref){ 0 };
	fetch->count++;
	return find_root(fetch, pull, err);
}

static int add_pulls(struct fetch *fetch, struct err *err)
{
	const struct strv *names = fetch->request->names;

	fetch->pulls = xcalloc(names->count + 1, sizeof(*fetch->pulls));
	for (size_t i = 0; i < names->count; i++)
		if (add_pull(fetch, names->items[i], err) < 0)
			return -1;
	return 0;
}

/* What do the names stand for that the store does not know? */
static int ask_names(struct fetch *fetch, struct err *err)
{
	SCOPED_FREE struct manifest_want *wants =
		xcalloc(fetch->count + 1, sizeof(*wants));
	const struct lack lack = { .what = "it is" };
	size_t count = 0;

	for (size_t i = 0; i < fetch->count; i++) {
		struct pull *pull = &fetch->pulls[i];

		if (pull->has_root)
			continue;
		if (pull_go_online(fetch, pull, &lack, err) < 0)
			return -1;
		wants[count++] = (struct manifest_want){
			.pull = pull,
			.result = &pull->root,
		};
	}
	return fetch_manifests(fetch, wants, count, err);
}

static const struct oci_descriptor *pick_root(const struct pull *pull)
{
	return &pull->root;
}

static const struct oci_descriptor *pick_platform(const struct pull *pull)
{
	return &pull->platform;
}

typedef const struct oci_descriptor *(*pick_fn)(const struct pull *pull);

/* Fetches the manifests of one level that are missing or damaged. */
static int complete_manifests(struct fetch *fetch, pick_fn pick,
			      struct err *err)
{
	SCOPED_FREE struct manifest_want *wants =
		xcalloc(fetch->count + 1, sizeof(*wants));
	size_t count = 0;

	for (size_t i = 0; i < fetch->count; i++) {
		struct pull *pull = &fetch->pulls[i];
		const struct lack lack = { "its manifest is", pick(pull) };

		if (fetch_is_good(fetch->store, pick(pull), true))
			continue;
		if (pull_go_online(fetch, pull, &lack, err) < 0)
			return -1;
		wants[count++] = (struct manifest_want){
			.pull = pull,
			.expected = pick(pull),
		};
	}
	return fetch_manifests(fetch, wants, count, err);
}

int fetch_roots(struct fetch *fetch, struct err *err)
{
	if (add_pulls(fetch, err) < 0 || ask_names(fetch, err) < 0)
		return -1;
	return complete_manifests(fetch, pick_root, err);
}

static int read_manifest(struct fetch *fetch,
			 const struct oci_descriptor *descriptor,
			 struct oci_manifest *manifest, struct err *err)
{
	SCOPED(buf) text = { 0 };

	if (oci_store_load(fetch->store, descriptor, OCI_MANIFEST_MAX, &text,
			   err) < 0)
		return -1;
	return oci_manifest_parse(manifest, &text, descriptor->media_type,
				  "manifest", err);
}

static int choose_platform(struct fetch *fetch, struct pull *pull,
			   struct err *err)
{
	const struct oci_descriptor *chosen = &pull->root;
	SCOPED(oci_manifest) index = { 0 };

	if (oci_type_is_index(pull->root.media_type) &&
	    (read_manifest(fetch, &pull->root, &index, err) < 0 ||
	     oci_manifest_choose(&index, fetch->request->arch, &chosen, err) <
		     0))
		return err_wrap(err, "%s", pull->what);
	oci_descriptor_copy(&pull->platform, chosen);
	oci_attestations_add(&pull->attestations, &index, &chosen->digest);
	return 0;
}

static int choose_platforms(struct fetch *fetch, struct err *err)
{
	for (size_t i = 0; i < fetch->count; i++)
		if (choose_platform(fetch, &fetch->pulls[i], err) < 0)
			return -1;
	return complete_manifests(fetch, pick_platform, err);
}

static int read_platforms(struct fetch *fetch, struct err *err)
{
	for (size_t i = 0; i < fetch->count; i++) {
		struct pull *pull = &fetch->pulls[i];

		if (read_manifest(fetch, &pull->platform, &pull->manifest,
				  err) < 0)
			return err_wrap(err, "%s", pull->what);
		if (pull->manifest.is_index)
			return err_set(err, FAULT_INPUT,
				       "%s: an index within an index",
				       pull->what);
		if (pull->manifest.is_attestation)
			return err_set(
				err, FAULT_INPUT,
				"%s: statements about an image, not an image",
				pull->what);
		if (pull->manifest.config.size_bytes > OCI_CONFIG_MAX)
			return err_set(err, FAULT_INPUT,
				       "%s: its config has over %zu bytes",
				       pull->what, OCI_CONFIG_MAX);
	}
	return 0;
}

struct want_list {
	struct blob_want *items; /* owned */
	size_t count;
	size_t capacity;
};

static void want_list_release(struct want_list *list)
{
	free(list->items);
}

/* Images often share layers: each is fetched once. */
static bool is_wanted(const struct want_list *list, const struct digest *digest)
{
	for (size_t i = 0; i < list->count; i++)
		if (digest_equal(&list->items[i].descriptor->digest, digest))
			return true;
	return false;
}

static int want_blob(struct fetch *fetch, struct want_list *list,
		     struct pull *pull, const struct oci_descriptor *descriptor,
		     struct err *err)
{
	const struct lack lack = { "a part of it is", descriptor };
	bool thorough = fetch->request->pull == OCI_PULL_ALWAYS ||
			descriptor == &pull->manifest.config;

	if (is_wanted(list, &descriptor->digest) ||
	    fetch_is_good(fetch->store, descriptor, thorough))
		return 0;
	if (pull_go_online(fetch, pull, &lack, err) < 0)
		return -1;
	list->items = xgrow(list->items, list->count, &list->capacity,
			    sizeof(*list->items));
	list->items[list->count++] = (struct blob_want){
		.pull = pull,
		.descriptor = descriptor,
	};
	return 0;
}

static int want_image(struct fetch *fetch, struct want_list *list,
		      struct pull *pull, struct err *err)
{
	const struct oci_manifest *manifest = &pull->manifest;

	if (want_blob(fetch, list, pull, &manifest->config, err) < 0)
		return -1;
	for (size_t i = 0; i < manifest->layer_count; i++)
		if (want_blob(fetch, list, pull, &manifest->layers[i], err) < 0)
			return -1;
	return 0;
}

static int complete_blobs(struct fetch *fetch, struct err *err)
{
	SCOPED(want_list) list = { 0 };

	for (size_t i = 0; i < fetch->count; i++)
		if (want_image(fetch, &list, &fetch->pulls[i], err) < 0)
			return -1;
	return fetch_blobs(fetch, list.items, list.count, err);
}

static int check_and_name(struct fetch *fetch, struct pull *pull,
			  struct err *err)
{
	const struct oci_wanted wanted = { fetch->store, fetch->request->arch };
	SCOPED(oci_image) image = { 0 };
	bool found;

	if (oci_image_load_root(&image, &wanted, &pull->root, &found, err) < 0)
		return err_wrap(err, "%s", pull->what);
	if (!found)
		return err_set(err, FAULT_SYSTEM,
			       "%s: it vanished from the cache %s meanwhile",
			       pull->what, oci_store_path(fetch->store));
	if (pull->is_named)
		return 0;
	return oci_store_put(fetch->store, pull->ref.name, &pull->root, err);
}

int oci_fetch(struct oci_store *store, struct oci_client *client,
	      const struct oci_request *request, struct err *err)
{
	SCOPED(fetch)
	fetch = {
		.store = store,
		.client = client,
		.request = request,
	};

	if (fetch_roots(&fetch, err) < 0 || choose_platforms(&fetch, err) < 0 ||
	    read_platforms(&fetch, err) < 0 ||
	    complete_blobs(&fetch, err) < 0 ||
	    fetch_attestations(&fetch, err) < 0)
		return -1;
	for (size_t i = 0; i < fetch.count; i++)
		if (check_and_name(&fetch, &fetch.pulls[i], err) < 0)
			return -1;
	return 0;
}
