/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests to a registry. */
#include "cmd/lib/oci/upload.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/internal.h"

/* One manifest on its way. */
struct putting {
	const struct upload_manifest *manifest;
	char *what;      /* owned */
	struct buf text; /* owned; what is sent */
	size_t sent_bytes;
};

static int putting_begin(struct http_job *job, struct err *err)
{
	struct putting *putting = job->owner;

	(void)err;
	putting->sent_bytes = 0;
	return 0;
}

static int putting_send(struct http_job *job, void *data, size_t size,
			size_t *got, struct err *err)
{
	struct putting *putting = job->owner;
	size_t left = putting->text.size - putting->sent_bytes;

	(void)err;
	*got = left < size ? left : size;
	memcpy(data, buf_text(&putting->text) + putting->sent_bytes, *got);
	putting->sent_bytes += *got;
	return 0;
}

static bool putting_accepts(const struct http_job *job, long status)
{
	(void)job;
	return status == 200 || status == 201 || status == 202;
}

static int putting_end(struct http_job *job, struct err *err)
{
	struct putting *putting = job->owner;
	const char *said = http_job_header(job, "Docker-Content-Digest");
	char ours[DIGEST_TEXT_SIZE];
	struct digest digest;

	if (!said || !digest_parse(&digest, said) ||
	    digest_equal(&digest, &putting->manifest->blob->digest))
		return 0;
	return err_set(err, FAULT_TRUST,
		       "%s took another manifest, with digest %s and not %s",
		       job->endpoint->host, said,
		       digest_text(&putting->manifest->blob->digest, ours));
}

static int fill(struct putting *putting, const struct upload_target *target,
		struct err *err)
{
	const struct upload_manifest *manifest = putting->manifest;

	putting->what = xasprintf("image %s: manifest", target->ref->name);
	if (!manifest->text)
		return oci_store_load(target->store, manifest->blob,
				      OCI_MANIFEST_MAX, &putting->text, err);
	buf_add(&putting->text, buf_text(manifest->text), manifest->text->size);
	return 0;
}

static void make_job(struct http_job *job, const struct upload_target *target,
		     struct putting *putting)
{
	const struct upload_manifest *manifest = putting->manifest;
	char digest[DIGEST_TEXT_SIZE];

	digest_text(&manifest->blob->digest, digest);
	*job = (struct http_job){
		.endpoint = target->endpoint,
		.repository = target->ref->repository,
		.url = upload_url(target, "manifests",
				  manifest->tag ? manifest->tag : digest),
		.what = putting->what,
		.owner = putting,
		.begin = putting_begin,
		.end = putting_end,
		.method = HTTP_PUT,
		.actions = UPLOAD_ACTIONS,
		.type = manifest->blob->media_type,
		.send_bytes = putting->text.size,
		.send = putting_send,
		.accepts = putting_accepts,
	};
}

int upload_manifests(const struct upload_target *target,
		     const struct upload_manifest *manifests, size_t count,
		     struct err *err)
{
	SCOPED_FREE struct putting *puttings =
		xcalloc(count + 1, sizeof(*puttings));
	SCOPED_FREE struct http_job *jobs = xcalloc(count + 1, sizeof(*jobs));
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++) {
		puttings[i].manifest = &manifests[i];
		result = fill(&puttings[i], target, err);
		make_job(&jobs[i], target, &puttings[i]);
	}
	if (result == 0)
		result = http_run(target->client, jobs, count, err);
	for (size_t i = 0; i < count; i++) {
		http_job_release(&jobs[i]);
		buf_release(&puttings[i].text);
		free(puttings[i].what);
	}
	return result;
}

static int asking_begin(struct http_job *job, struct err *err)
{
	(void)job;
	(void)err;
	return 0;
}

static bool asking_accepts(const struct http_job *job, long status)
{
	(void)job;
	return status == 200 || status == 404;
}

static int asking_end(struct http_job *job, struct err *err)
{
	bool *is_there = job->owner;

	(void)err;
	*is_there = job->status == 200;
	return 0;
}

int upload_is_there(const struct upload_target *target,
		    const struct oci_descriptor *manifest, bool *is_there,
		    struct err *err)
{
	SCOPED_FREE char *what = xasprintf("image %s", target->ref->name);
	char digest[DIGEST_TEXT_SIZE];
	struct http_job job = {
		.endpoint = target->endpoint,
		.repository = target->ref->repository,
		.url = upload_url(target, "manifests",
				  digest_text(&manifest->digest, digest)),
		.accept = manifest->media_type,
		.what = what,
		.owner = is_there,
		.begin = asking_begin,
		.end = asking_end,
		.method = HTTP_HEAD,
		.actions = UPLOAD_ACTIONS,
		.accepts = asking_accepts,
	};
	int result = http_run(target->client, &job, 1, err);

	http_job_release(&job);
	return result;
}
