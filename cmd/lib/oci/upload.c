/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs to a registry: is it there, may it be mounted, else a session. */
#include "cmd/lib/oci/upload.h"

#include <string.h>

#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/progress.h"

/* One blob on its way. */
struct sending {
	const struct upload_target *target;
	struct upload *upload;
	struct progress_part *part; /* borrowed */
	struct reader *reader;      /* owned; while it is sent */
	char *what;                 /* owned */
	uint64_t sent_bytes;
	unsigned opened_at; /* the failures before the session was opened */
};

char *upload_url(const struct upload_target *target, const char *kind,
		 const char *reference)
{
	return xasprintf("%s/v2/%s%s/%s/%s", target->endpoint->base,
			 target->endpoint->prefix, target->ref->repository,
			 kind, reference);
}

static void set_url_adopt(struct http_job *job, char *url)
{
	free(job->url);
	job->url = url;
}

static void forget_sent(struct sending *sending)
{
	progress_forget(sending->part);
	sending->sent_bytes = 0;
	reader_close(sending->reader);
	sending->reader = NULL;
}

/* Asks for a session, or for the blob of another repository. */
static void go_to_session(struct http_job *job)
{
	struct sending *sending = job->owner;
	const char *from = sending->upload->from;
	char digest[DIGEST_TEXT_SIZE];
	char *url = upload_url(sending->target, "blobs", "uploads/");

	if (from) {
		SCOPED_FREE char *plain = url;

		url = xasprintf(
			"%s?mount=%s&from=%s%s", plain,
			digest_text(&sending->upload->blob->digest, digest),
			sending->target->endpoint->prefix, from);
	}
	set_url_adopt(job, url);
	job->method = HTTP_POST;
	job->from = from;
	job->type = NULL;
}

static int sending_begin(struct http_job *job, struct err *err)
{
	struct sending *sending = job->owner;

	forget_sent(sending);
	if (job->method != HTTP_PUT)
		return 0;
	/* A session that broke off may hold a part: it is not used again. */
	if (job->attempts != sending->opened_at) {
		free(job->location);
		job->location = NULL;
		go_to_session(job);
		return 0;
	}
	return oci_store_read(sending->target->store, sending->upload->blob,
			      &sending->reader, err);
}

/* The verdict on the whole comes before the last bytes leave. */
static int sending_send(struct http_job *job, void *data, size_t size,
			size_t *got, struct err *err)
{
	struct sending *sending = job->owner;
	uint64_t whole = sending->upload->blob->size_bytes;
	size_t more = 0;
	char beyond;

	*got = 0;
	if (sending->sent_bytes < whole &&
	    reader_read(sending->reader, data, size, got, err) < 0)
		return -1;
	sending->sent_bytes += *got;
	progress_add(sending->part, *got);
	if ((sending->sent_bytes == whole || *got == 0) &&
	    reader_read(sending->reader, &beyond, 1, &more, err) < 0)
		return -1;
	return 0;
}

/* A redirect leads to where the blob is, and may be good for a GET only. */
static bool is_there(long status)
{
	return status == 200 || (status >= 301 && status <= 308);
}

static bool sending_accepts(const struct http_job *job, long status)
{
	switch (job->method) {
	case HTTP_HEAD:
		return status == 404 || is_there(status);
	case HTTP_POST:
		/* A refused mount is no refusal of the blob. */
		return status == 201 || status == 202 ||
		       (job->from && status >= 400 && status < 500);
	case HTTP_PUT:
		return status == 201 || status == 204;
	case HTTP_GET:
		break;
	}
	return false;
}

static void scope_curlu(CURLU **url)
{
	curl_url_cleanup(*url);
}
#define SCOPED_CURLU __attribute__((cleanup(scope_curlu)))

/* Where the session is, absolute; NULL when that cannot be read. */
static char *session_url(const struct http_job *job, const char *location)
{
	SCOPED_CURLU CURLU *url = curl_url();
	char *text = NULL;
	char *copy;

	if (!url ||
	    curl_url_set(url, CURLUPART_URL, job->url, 0) != CURLUE_OK ||
	    curl_url_set(url, CURLUPART_URL, location, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_URL, &text, 0) != CURLUE_OK)
		return NULL;
	copy = xstrdup(text);
	curl_free(text);
	return copy;
}

static int go_to_put(struct http_job *job, struct err *err)
{
	struct sending *sending = job->owner;
	const char *location = http_job_header(job, "Location");
	SCOPED_FREE char *url = location ? session_url(job, location) : NULL;
	char digest[DIGEST_TEXT_SIZE];

	if (!url)
		return err_set(err, FAULT_SYSTEM,
			       "%s does not say where to send it",
			       job->endpoint->host);
	if (!oci_url_is_safe(url, job->endpoint->base))
		return err_set(
			err, FAULT_SYSTEM,
			"%s wants it sent to %.200s, which is not encrypted",
			job->endpoint->host, url);
	set_url_adopt(
		job,
		xasprintf("%s%cdigest=%s", url, strchr(url, '?') ? '&' : '?',
			  digest_text(&sending->upload->blob->digest, digest)));
	job->method = HTTP_PUT;
	job->from = NULL;
	job->type = "application/octet-stream";
	job->send_bytes = sending->upload->blob->size_bytes;
	sending->opened_at = job->attempts;
	job->again = true;
	return 0;
}

static int sending_end(struct http_job *job, struct err *err)
{
	struct sending *sending = job->owner;

	if (job->method == HTTP_PUT) {
		reader_close(sending->reader);
		sending->reader = NULL;
		progress_end(sending->part);
		return 0;
	}
	if (job->method == HTTP_POST && job->status == 202)
		return go_to_put(job, err);
	if (job->method == HTTP_HEAD ? is_there(job->status)
				     : job->status == 201) {
		log_debug("%s: %s", sending->what,
			  job->method == HTTP_HEAD ? "there already"
						   : "mounted");
		progress_end(sending->part);
		return 0;
	}
	if (job->method == HTTP_POST) {
		free(sending->upload->from);
		sending->upload->from = NULL;
	}
	go_to_session(job);
	job->again = true;
	return 0;
}

static void make_job(struct http_job *job, struct sending *sending)
{
	char digest[DIGEST_TEXT_SIZE];

	digest_text(&sending->upload->blob->digest, digest);
	sending->what = xasprintf("image %s: blob %s",
				  sending->target->ref->name, digest);
	*job = (struct http_job){
		.endpoint = sending->target->endpoint,
		.repository = sending->target->ref->repository,
		.url = upload_url(sending->target, "blobs", digest),
		.what = sending->what,
		.owner = sending,
		.begin = sending_begin,
		.end = sending_end,
		.method = HTTP_HEAD,
		.actions = UPLOAD_ACTIONS,
		.send = sending_send,
		.accepts = sending_accepts,
	};
}

int upload_blobs(const struct upload_target *target, struct upload *uploads,
		 size_t count, struct err *err)
{
	SCOPED_FREE struct sending *sendings =
		xcalloc(count + 1, sizeof(*sendings));
	SCOPED_FREE struct http_job *jobs = xcalloc(count + 1, sizeof(*jobs));
	SCOPED_FREE struct progress_part *parts =
		xcalloc(count + 1, sizeof(*parts));
	SCOPED(progress)
	progress = { .label = "push", .parts = parts, .count = count };
	int result;

	for (size_t i = 0; i < count; i++) {
		parts[i] = (struct progress_part){
			.name = target->ref->name,
			.digest = uploads[i].blob->digest,
			.total_bytes = uploads[i].blob->size_bytes,
		};
		sendings[i] = (struct sending){
			.target = target,
			.upload = &uploads[i],
			.part = &parts[i],
		};
		make_job(&jobs[i], &sendings[i]);
	}
	progress_start(&progress);
	result = http_run(target->client, jobs, count, err);
	for (size_t i = 0; i < count; i++) {
		http_job_release(&jobs[i]);
		reader_close(sendings[i].reader);
		free(sendings[i].what);
	}
	return result;
}
