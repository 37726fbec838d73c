/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a push. */
#include "cmd/lib/oci/push.h"

#include <string.h>

#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/internal.h"
#include "cmd/lib/oci/manifest.h"
#include "cmd/lib/oci/merge.h"
#include "cmd/lib/oci/origin.h"
#include "cmd/lib/oci/remote.h"
#include "cmd/lib/oci/upload.h"

#define BLOBS_MAX 16384

/* One image of the name that goes out. */
struct part {
	struct oci_manifest manifest;
	const struct oci_descriptor *blob; /* of the manifest; borrowed */
	char *tag;                         /* owned; its own, or NULL */
};

/* A push on its way. */
struct work {
	struct upload_target target;
	const struct oci_push *push;
	struct oci_ref name, remote;
	struct oci_endpoint endpoint;
	struct oci_descriptor root;
	struct oci_manifest index; /* what the root is, index or not */
	struct buf root_text;
	struct oci_remote there; /* under the remote name */
	struct part *parts;      /* owned */
	size_t part_count;
	struct upload *uploads; /* owned */
	size_t upload_count, upload_capacity;
};

static void work_release(struct work *work)
{
	for (size_t i = 0; i < work->part_count; i++) {
		oci_manifest_release(&work->parts[i].manifest);
		free(work->parts[i].tag);
	}
	for (size_t i = 0; i < work->upload_count; i++)
		free(work->uploads[i].from);
	free(work->parts);
	free(work->uploads);
	oci_ref_release(&work->name);
	oci_ref_release(&work->remote);
	oci_endpoint_release(&work->endpoint);
	oci_descriptor_release(&work->root);
	oci_manifest_release(&work->index);
	buf_release(&work->root_text);
	oci_remote_release(&work->there);
}

static int load(const struct work *work, const struct oci_descriptor *blob,
		struct buf *text, struct oci_manifest *manifest,
		struct err *err)
{
	char name[DIGEST_TEXT_SIZE];

	if (oci_store_load(work->target.store, blob, OCI_MANIFEST_MAX, text,
			   err) < 0)
		return -1;
	return oci_manifest_parse(manifest, text, blob->media_type,
				  digest_text(&blob->digest, name), err);
}

static int find_root(struct work *work, struct err *err)
{
	struct oci_store *store = work->target.store;
	bool found;

	if (oci_store_find(store, work->name.name, &found, &work->root, err) <
	    0)
		return -1;
	if (!found)
		return err_set(err, FAULT_INPUT, "not in the cache %s",
			       oci_store_path(store));
	if (work->remote.has_digest &&
	    !digest_equal(&work->remote.digest, &work->root.digest))
		return err_set(err, FAULT_INPUT,
			       "%s names another digest than it has",
			       work->remote.name);
	return load(work, &work->root, &work->root_text, &work->index, err);
}

/* A mirror is for reading: what is pushed goes to the registry itself. */
static int find_endpoint(struct work *work, struct err *err)
{
	static const struct strv no_mirrors;
	struct oci_client *client = work->target.client;

	if (client->offline)
		return err_set(err, FAULT_INPUT,
			       "pushing is forbidden by --offline");
	oci_endpoint_find(&work->endpoint, &work->remote, &no_mirrors);
	return http_choose_scheme(client, &work->endpoint, err);
}

static bool is_whole(const struct work *work,
		     const struct oci_manifest *manifest)
{
	if (!oci_store_has(work->target.store, &manifest->config))
		return false;
	for (size_t i = 0; i < manifest->layer_count; i++)
		if (!oci_store_has(work->target.store, &manifest->layers[i]))
			return false;
	return true;
}

/* What is not here may be there already: pulled from it, say. */
static int expect_there(struct work *work, const struct oci_entry *entry,
			struct err *err)
{
	char digest[DIGEST_TEXT_SIZE];
	bool is_there = false;

	digest_text(&entry->descriptor.digest, digest);
	if (upload_is_there(&work->target, &entry->descriptor, &is_there, err) <
	    0)
		return -1;
	if (is_there)
		return 0;
	return err_set(
		err, FAULT_INPUT,
		"its part for %.40s/%.40s (%s) is neither complete in the cache %s nor in the registry; 'kitbuild cache pull --all-platforms %s' fetches all of it",
		entry->os ? entry->os : "unknown",
		entry->arch ? entry->arch : "unknown", digest,
		oci_store_path(work->target.store), work->name.name);
}

static bool is_tagged(const struct work *work, const char *tag)
{
	for (size_t i = 0; i < work->part_count; i++)
		if (work->parts[i].tag && strcmp(work->parts[i].tag, tag) == 0)
			return true;
	return false;
}

/* The first of an architecture gets its name, as LinuxKit has it. */
static char *arch_tag(const struct work *work, const struct oci_entry *entry)
{
	const char *tag = work->remote.tag ? work->remote.tag : "latest";
	SCOPED_FREE char *whole = NULL;

	if (!work->push->with_arch_tags || entry->is_attestation ||
	    !entry->os || !entry->arch || strcmp(entry->os, "linux") != 0)
		return NULL;
	whole = xasprintf("%s-%s", tag, entry->arch);
	if (!is_tagged(work, whole))
		return TAKE(whole);
	return entry->variant ? xasprintf("%s-%s", whole, entry->variant)
			      : NULL;
}

static int add_entry(struct work *work, const struct oci_entry *entry,
		     struct err *err)
{
	struct part *part = &work->parts[work->part_count];
	SCOPED(buf) text = { 0 };

	if (!oci_store_has(work->target.store, &entry->descriptor))
		return expect_there(work, entry, err);
	if (load(work, &entry->descriptor, &text, &part->manifest, err) < 0)
		return -1;
	work->part_count++;
	part->blob = &entry->descriptor;
	if (part->manifest.is_index)
		return err_set(err, FAULT_INPUT, "an index within an index");
	if (is_whole(work, &part->manifest)) {
		part->tag = arch_tag(work, entry);
		return 0;
	}
	work->part_count--;
	oci_manifest_release(&part->manifest);
	return expect_there(work, entry, err);
}

static int add_parts(struct work *work, struct err *err)
{
	work->parts =
		xcalloc(work->index.entry_count + 1, sizeof(*work->parts));
	for (size_t i = 0; i < work->index.entry_count; i++)
		if (add_entry(work, &work->index.entries[i], err) < 0)
			return -1;
	if (work->index.is_index || is_whole(work, &work->index))
		return 0;
	return err_set(
		err, FAULT_INPUT,
		"a part of it is not in the cache %s; 'kitbuild cache pull %s' fetches it",
		oci_store_path(work->target.store), work->name.name);
}

static int add_blob(struct work *work, const struct oci_descriptor *blob,
		    struct err *err)
{
	for (size_t i = 0; i < work->upload_count; i++)
		if (digest_equal(&work->uploads[i].blob->digest, &blob->digest))
			return 0;
	if (work->upload_count >= BLOBS_MAX)
		return err_set(err, FAULT_INPUT, "more than %d blobs",
			       BLOBS_MAX);
	work->uploads = xgrow(work->uploads, work->upload_count,
			      &work->upload_capacity, sizeof(*work->uploads));
	work->uploads[work->upload_count++] = (struct upload){ .blob = blob };
	return 0;
}

static int add_blobs(struct work *work, const struct oci_manifest *manifest,
		     struct err *err)
{
	if (add_blob(work, &manifest->config, err) < 0)
		return -1;
	for (size_t i = 0; i < manifest->layer_count; i++)
		if (add_blob(work, &manifest->layers[i], err) < 0)
			return -1;
	return 0;
}

static int send_blobs(struct work *work, struct err *err)
{
	if (!work->index.is_index && add_blobs(work, &work->index, err) < 0)
		return -1;
	for (size_t i = 0; i < work->part_count; i++)
		if (add_blobs(work, &work->parts[i].manifest, err) < 0)
			return -1;
	if (origin_find(work->target.store, &work->remote, work->uploads,
			work->upload_count, err) < 0)
		return -1;
	return upload_blobs(&work->target, work->uploads, work->upload_count,
			    err);
}

static int send_parts(struct work *work, struct err *err)
{
	SCOPED_FREE struct upload_manifest *list =
		xcalloc(2 * work->part_count + 1, sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; i < work->part_count; i++)
		list[count++] =
			(struct upload_manifest){ .blob = work->parts[i].blob };
	if (upload_manifests(&work->target, list, count, err) < 0)
		return -1;
	count = 0;
	for (size_t i = 0; i < work->part_count; i++)
		if (work->parts[i].tag)
			list[count++] = (struct upload_manifest){
				.blob = work->parts[i].blob,
				.tag = work->parts[i].tag,
			};
	return upload_manifests(&work->target, list, count, err);
}

static int send_root(struct work *work, const struct buf *text, struct err *err)
{
	const struct oci_ref *remote = &work->remote;
	struct oci_descriptor blob = {
		.media_type = work->root.media_type,
		.digest = sha256_of(buf_text(text), text->size),
		.size_bytes = text->size,
	};
	const struct upload_manifest root = {
		.blob = &blob,
		.text = text,
		.tag = remote->has_digest && !remote->tag
			       ? NULL
			       : (remote->tag ? remote->tag : "latest"),
	};

	return upload_manifests(&work->target, &root, 1, err);
}

static int send_merged(struct work *work, struct err *err)
{
	SCOPED(oci_merge)
	merge = { .ours = &work->root_text, .theirs = &work->there.text };
	SCOPED(oci_manifest) theirs = { 0 };

	if (oci_manifest_parse(&theirs, &work->there.text,
			       work->there.root.media_type, "the registry's",
			       err) < 0 ||
	    oci_merge_run(&merge, err) < 0)
		return -1;
	if (merge.is_theirs) {
		log_info("%s has all of it, and more", work->remote.name);
		return 0;
	}
	return send_root(work, &merge.text, err);
}

static int send_all(struct work *work, struct err *err)
{
	bool merges = work->there.found && work->index.is_index &&
		      !work->remote.has_digest &&
		      oci_type_is_index(work->there.root.media_type);

	if (add_parts(work, err) < 0 || send_blobs(work, err) < 0 ||
	    send_parts(work, err) < 0)
		return -1;
	return merges ? send_merged(work, err)
		      : send_root(work, &work->root_text, err);
}

static int push_work(struct work *work, enum oci_pushed *pushed,
		     struct err *err)
{
	const struct oci_remote_question question = { &work->endpoint,
						      &work->remote,
						      UPLOAD_ACTIONS };

	if (find_root(work, err) < 0 || find_endpoint(work, err) < 0)
		return err_wrap(err, "image %s", work->name.name);
	if (oci_remote_ask(&work->there, work->target.client, &question, err) <
	    0)
		return -1;
	*pushed = OCI_PUSHED_TAKEN;
	if (work->there.found &&
	    digest_equal(&work->there.root.digest, &work->root.digest))
		*pushed = OCI_PUSHED_THERE;
	if (work->there.found &&
	    (*pushed == OCI_PUSHED_THERE || !work->push->override))
		return 0;
	*pushed = OCI_PUSHED;
	if (send_all(work, err) < 0)
		return err_wrap(err, "push %s", work->name.name);
	return 0;
}

int oci_push(struct oci_store *store, struct oci_client *client,
	     const struct oci_push *push, enum oci_pushed *pushed,
	     struct err *err)
{
	SCOPED(work)
	work = { .push = push, .target = { .store = store, .client = client } };

	work.target.endpoint = &work.endpoint;
	work.target.ref = &work.remote;
	if (oci_ref_parse(&work.name, push->name, err) < 0 ||
	    oci_ref_parse_remote(&work.remote,
				 push->remote ? push->remote : push->name,
				 err) < 0)
		return -1;
	return push_work(&work, pushed, err);
}
