/* SPDX-License-Identifier: Apache-2.0 */
/* Transfers of manifests and blobs into the store. */
#include "cmd/lib/oci/fetch.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/internal.h"

void pull_release(struct pull *pull)
{
	oci_ref_release(&pull->ref);
	oci_endpoint_release(&pull->endpoint);
	oci_descriptor_release(&pull->root);
	oci_descriptor_release(&pull->platform);
	oci_manifest_release(&pull->manifest);
	oci_attestations_release(&pull->attestations);
	free(pull->what);
	pull->what = NULL;
}

static bool is_damaged(const struct fetch *fetch,
		       const struct oci_descriptor *blob)
{
	return blob && oci_store_is_damaged(fetch->store, blob);
}

static int refuse_offline(const struct fetch *fetch, const struct pull *pull,
			  const struct lack *lack, struct err *err)
{
	const char *cache = oci_store_path(fetch->store);
	char digest[DIGEST_TEXT_SIZE];

	if (is_damaged(fetch, lack->blob))
		return err_set(
			err, FAULT_TRUST,
			"%s: blob %s is damaged in the cache %s; without --offline it is fetched again",
			pull->what, digest_text(&lack->blob->digest, digest),
			cache);
	return err_set(
		err, FAULT_INPUT,
		"%s: %s not in the cache %s, and fetching is forbidden by --offline",
		pull->what, lack->what, cache);
}

/* That a blob is damaged outweighs the reason why it cannot be replaced. */
static int explain(const struct fetch *fetch, const struct pull *pull,
		   const struct oci_descriptor *blob, struct err *err)
{
	SCOPED_FREE char *why = NULL;
	char digest[DIGEST_TEXT_SIZE];

	if (!is_damaged(fetch, blob))
		return -1;
	why = TAKE(err->msg);
	return err_set(
		err, FAULT_TRUST,
		"%s; blob %s is damaged in the cache %s until 'kitbuild cache pull %s' can fetch it",
		why, digest_text(&blob->digest, digest),
		oci_store_path(fetch->store), pull->ref.name);
}

int pull_go_online(struct fetch *fetch, struct pull *pull,
		   const struct lack *lack, struct err *err)
{
	char digest[DIGEST_TEXT_SIZE];

	if (pull->ref.source != OCI_SOURCE_REGISTRY)
		return err_set(err, FAULT_INPUT, "%s: %s not in it", pull->what,
			       lack->what);
	if (fetch->client->offline)
		return refuse_offline(fetch, pull, lack, err);
	if (is_damaged(fetch, lack->blob))
		log_warn(
			"%s: blob %s is damaged in the cache; fetching it again",
			pull->what, digest_text(&lack->blob->digest, digest));
	if (pull->endpoint.base)
		return 0;
	log_info("pull %s", pull->ref.name);
	oci_endpoint_find(&pull->endpoint, &pull->ref, &fetch->client->mirrors);
	if (http_choose_scheme(fetch->client, &pull->endpoint, err) < 0)
		return explain(fetch, pull, lack->blob, err);
	return 0;
}

/* ".../v2/REPOSITORY/KIND/REFERENCE"; the caller frees. */
static char *url_of(const struct pull *pull, const char *kind,
		    const char *reference)
{
	return xasprintf("%s/v2/%s%s/%s/%s", pull->endpoint.base,
			 pull->endpoint.prefix, pull->ref.repository, kind,
			 reference);
}

static int manifest_begin(struct http_job *job, struct err *err)
{
	struct manifest_want *want = job->owner;

	(void)err;
	buf_clear(&want->body);
	want->body.max_bytes = OCI_MANIFEST_MAX;
	return 0;
}

static int manifest_body(struct http_job *job, const void *data, size_t size,
			 struct err *err)
{
	struct manifest_want *want = job->owner;

	if (want->expected &&
	    want->body.size + size > want->expected->size_bytes)
		return err_set(err, FAULT_TRUST,
			       "its manifest is longer than declared");
	if (!buf_try_add(&want->body, data, size))
		return err_set(err, FAULT_INPUT,
			       "its manifest has more than %zu bytes",
			       OCI_MANIFEST_MAX);
	return 0;
}

char *fetch_reply_type(const struct http_job *job, const struct buf *body)
{
	const char *header = http_job_header(job, "Content-Type");
	char *type = xstrndup(header ? header : "",
			      header ? strcspn(header, "; \t") : 0);
	SCOPED(err) ignored = { 0 };
	SCOPED_JSON json_t *json = NULL;
	const char *said;

	if (oci_type_is_index(type) || oci_type_is_manifest(type) ||
	    json_parse(&json, buf_text(body), body->size, "", &ignored) < 0)
		return type;
	said = json_text(json, "mediaType");
	if (!said)
		return type;
	free(type);
	return xstrdup(said);
}

static int check_digest(const struct buf *body, const struct digest *wanted,
			struct err *err)
{
	struct digest found = sha256_of(buf_text(body), body->size);
	char found_text[DIGEST_TEXT_SIZE];
	char wanted_text[DIGEST_TEXT_SIZE];

	if (digest_equal(&found, wanted))
		return 0;
	return err_set(err, FAULT_TRUST,
		       "the registry sent a manifest with digest %s, not %s",
		       digest_text(&found, found_text),
		       digest_text(wanted, wanted_text));
}

static int check_named(const struct http_job *job,
		       const struct manifest_want *want, struct err *err)
{
	const char *header = http_job_header(job, "Docker-Content-Digest");
	const struct oci_ref *ref = &want->pull->ref;
	struct digest said;

	if (ref->has_digest)
		return check_digest(&want->body, &ref->digest, err);
	if (header && digest_parse(&said, header))
		return check_digest(&want->body, &said, err);
	return 0;
}

static int manifest_end(struct http_job *job, struct err *err)
{
	struct manifest_want *want = job->owner;
	SCOPED_FREE char *type = want->expected
					 ? xstrdup(want->expected->media_type)
					 : fetch_reply_type(job, &want->body);
	SCOPED(oci_manifest) parsed = { 0 };
	SCOPED(oci_descriptor) stored = { 0 };
	int result = want->expected ? check_digest(&want->body,
						   &want->expected->digest, err)
				    : check_named(job, want, err);

	if (result < 0 ||
	    oci_manifest_parse(&parsed, &want->body, type, "manifest", err) <
		    0 ||
	    oci_store_save(want->store, type, &want->body, &stored, err) < 0)
		return -1;
	if (want->result)
		oci_descriptor_copy(want->result, &stored);
	return 0;
}

/* The digest decides where there is one; else the tag, "latest" by default. */
static char *manifest_url(const struct manifest_want *want)
{
	const struct oci_ref *ref = &want->pull->ref;
	const struct digest *digest = ref->has_digest ? &ref->digest : NULL;
	char text[DIGEST_TEXT_SIZE];

	if (want->expected)
		digest = &want->expected->digest;
	if (digest)
		return url_of(want->pull, "manifests",
			      digest_text(digest, text));
	return url_of(want->pull, "manifests", ref->tag ? ref->tag : "latest");
}

/* On failure `*failed` is the job to blame, or `count`. */
static int run_jobs(struct fetch *fetch, struct http_job *jobs, size_t count,
		    size_t *failed, struct err *err)
{
	int result = http_run(fetch->client, jobs, count, err);

	*failed = count;
	for (size_t i = 0; i < count; i++) {
		if (jobs[i].failed)
			*failed = i;
		http_job_release(&jobs[i]);
	}
	return result;
}

int fetch_manifests(struct fetch *fetch, struct manifest_want *wants,
		    size_t count, struct err *err)
{
	SCOPED_FREE struct http_job *jobs = xcalloc(count + 1, sizeof(*jobs));
	size_t failed;
	int result;

	for (size_t i = 0; i < count; i++) {
		wants[i].store = fetch->store;
		jobs[i] = (struct http_job){
			.endpoint = &wants[i].pull->endpoint,
			.repository = wants[i].pull->ref.repository,
			.url = manifest_url(&wants[i]),
			.accept = FETCH_ACCEPTED,
			.what = wants[i].pull->what,
			.owner = &wants[i],
			.begin = manifest_begin,
			.body = manifest_body,
			.end = manifest_end,
		};
	}
	result = run_jobs(fetch, jobs, count, &failed, err);
	for (size_t i = 0; i < count; i++)
		buf_release(&wants[i].body);
	if (result < 0 && failed < count)
		return explain(fetch, wants[failed].pull,
			       wants[failed].expected, err);
	return result;
}

static int blob_begin(struct http_job *job, struct err *err)
{
	struct blob_want *want = job->owner;

	/* What came before it broke off is hashed and written already. */
	job->have_bytes = job->no_ranges ? 0 : want->got_bytes;
	if (job->have_bytes)
		return 0;
	progress_forget(want->part);
	want->got_bytes = 0;
	oci_blob_writer_release(&want->writer);
	return oci_blob_writer_start(&want->writer, want->store, err);
}

static int blob_body(struct http_job *job, const void *data, size_t size,
		     struct err *err)
{
	struct blob_want *want = job->owner;
	uint64_t wanted = want->descriptor->size_bytes;

	if (size > wanted - want->got_bytes)
		return err_set(err, FAULT_TRUST,
			       "longer than the %llu bytes declared",
			       (unsigned long long)wanted);
	want->got_bytes += size;
	progress_add(want->part, size);
	return writer_write(want->writer.stream, data, size, err);
}

static int blob_end(struct http_job *job, struct err *err)
{
	struct blob_want *want = job->owner;

	if (oci_blob_writer_commit(&want->writer, want->descriptor, NULL, err) <
	    0)
		return -1;
	oci_blob_writer_release(&want->writer);
	progress_end(want->part);
	return 0;
}

static void make_blob_job(struct http_job *job, struct blob_want *want)
{
	char digest[DIGEST_TEXT_SIZE];

	digest_text(&want->descriptor->digest, digest);
	want->what = xasprintf("%s: blob %s", want->pull->what, digest);
	*job = (struct http_job){
		.endpoint = &want->pull->endpoint,
		.repository = want->pull->ref.repository,
		.url = url_of(want->pull, "blobs", digest),
		.what = want->what,
		.owner = want,
		.wanted_bytes = want->descriptor->size_bytes,
		.begin = blob_begin,
		.body = blob_body,
		.end = blob_end,
	};
}

int fetch_blobs(struct fetch *fetch, struct blob_want *wants, size_t count,
		struct err *err)
{
	SCOPED_FREE struct http_job *jobs = xcalloc(count + 1, sizeof(*jobs));
	SCOPED_FREE struct progress_part *parts =
		xcalloc(count + 1, sizeof(*parts));
	SCOPED(progress)
	progress = { .label = "pull", .parts = parts, .count = count };
	size_t failed;
	int result;

	for (size_t i = 0; i < count; i++) {
		wants[i].store = fetch->store;
		wants[i].part = &parts[i];
		parts[i] = (struct progress_part){
			.name = wants[i].pull->ref.name,
			.digest = wants[i].descriptor->digest,
			.total_bytes = wants[i].descriptor->size_bytes,
		};
		make_blob_job(&jobs[i], &wants[i]);
	}
	progress_start(&progress);
	result = run_jobs(fetch, jobs, count, &failed, err);
	for (size_t i = 0; i < count; i++) {
		oci_blob_writer_release(&wants[i].writer);
		free(wants[i].what);
	}
	if (result < 0 && failed < count)
		return explain(fetch, wants[failed].pull,
			       wants[failed].descriptor, err);
	return result;
}
