/* SPDX-License-Identifier: Apache-2.0 */
/* Parallel HTTP requests: attempts, redirects, refusals. */
#include "cmd/lib/oci/http.h"

#include <string.h>

#include "cmd/lib/base/clock.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"

#define PARALLEL_MAX 6
#define ATTEMPTS_MAX 4
#define REDIRECTS_MAX 5
#define LOGINS_MAX 2
#define BACKOFF_MS 500
#define PROGRESS_BYTES ((uint64_t)256 << 10)
#define WAIT_MAX_MS 30000

static void drop_transfer(struct http_job *job)
{
	curl_easy_cleanup(job->easy);
	curl_slist_free_all(job->headers);
	job->easy = NULL;
	job->headers = NULL;
}

void http_job_release(struct http_job *job)
{
	drop_transfer(job);
	free(job->url);
	free(job->location);
	free(job->sent);
	buf_release(&job->refusal);
	err_release(&job->err);
	*job = (struct http_job){ 0 };
}

const char *http_job_header(const struct http_job *job, const char *name)
{
	struct curl_header *header;

	if (curl_easy_header(job->easy, name, 0, CURLH_HEADER, -1, &header) !=
	    CURLHE_OK)
		return NULL;
	return header->value;
}

/* "bytes 100-": does the reply go on where we are? */
static bool is_wanted_range(const struct http_job *job)
{
	const char *range = http_job_header(job, "Content-Range");
	SCOPED_FREE char *wanted =
		xasprintf("bytes %llu-", (unsigned long long)job->have_bytes);

	return range && strncmp(range, wanted, strlen(wanted)) == 0;
}

/* A part is taken only when it was asked for. */
static bool is_rest(const struct http_job *job, long status)
{
	return status == 206 && job->have_bytes > 0;
}

/* Before the first byte of a reply to a request for the rest. */
static bool check_range(struct http_job *job, long status)
{
	if (job->range_checked || job->have_bytes == 0)
		return true;
	job->range_checked = true;
	if (status == 206 && is_wanted_range(job))
		return true;
	job->no_ranges = true;
	if (status == 200)
		return job->begin(job, &job->err) == 0;
	job->start_over = true;
	return false;
}

/* Of a refusal, what fits is kept for the message. */
static size_t take_body(char *data, size_t one, size_t count, void *user)
{
	struct http_job *job = user;
	long status = 0;

	(void)one;
	curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 400 && !buf_try_add(&job->refusal, data, count))
		return count;
	if (!job->body || (status != 200 && !is_rest(job, status)))
		return count;
	if (!check_range(job, status))
		return 0;
	job->taken_bytes += count;
	return job->body(job, data, count, &job->err) < 0 ? 0 : count;
}

static void add_header(struct http_job *job, const char *name,
		       const char *value)
{
	SCOPED_FREE char *line = xasprintf("%s: %s", name, value);

	job->headers = curl_slist_append(job->headers, line);
}

static const char *url_of(const struct http_job *job)
{
	return job->location ? job->location : job->url;
}

/* Redirects and upload sessions may lead elsewhere. */
static bool is_at_registry(const struct http_job *job)
{
	return oci_url_same_origin(url_of(job), job->endpoint->base);
}

/* A login goes to the registry itself, never where it points. */
static void add_authorization(const struct oci_client *client,
			      struct http_job *job)
{
	const char *header = oci_grant_find(client, job);

	free(job->sent);
	job->sent = NULL;
	if (!header || !is_at_registry(job))
		return;
	job->sent = xstrdup(header);
	add_header(job, "Authorization", header);
}

static void add_range(struct http_job *job)
{
	SCOPED_FREE char *range =
		xasprintf("bytes=%llu-", (unsigned long long)job->have_bytes);

	add_header(job, "Range", range);
}

static int start(struct oci_client *client, CURLM *multi, struct http_job *job,
		 struct err *err)
{
	job->easy = curl_easy_init();
	if (!job->easy)
		return err_set(err, FAULT_SYSTEM, "cannot start libcurl");
	if (job->begin(job, err) < 0 ||
	    http_prepare(client, job->easy, url_of(job), err) < 0)
		return -1;
	http_job_prepare_sending(job);
	job->range_checked = false;
	job->taken_bytes = 0;
	if (job->accept)
		add_header(job, "Accept", job->accept);
	if (job->type)
		add_header(job, "Content-Type", job->type);
	if (job->have_bytes)
		add_range(job);
	add_authorization(client, job);
	job->message[0] = '\0';
	curl_easy_setopt(job->easy, CURLOPT_HTTPHEADER, job->headers);
	curl_easy_setopt(job->easy, CURLOPT_ERRORBUFFER, job->message);
	curl_easy_setopt(job->easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(job->easy, CURLOPT_WRITEDATA, job);
	curl_easy_setopt(job->easy, CURLOPT_PRIVATE, job);
	if (curl_multi_add_handle(multi, job->easy) != CURLM_OK)
		return err_set(err, FAULT_SYSTEM, "cannot start a transfer");
	return 0;
}

static bool is_passing(CURLcode code, long status)
{
	switch ((int)code) {
	case CURLE_OK:
		return status == 408 || status == 429 || status >= 500;
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
	case CURLE_SEND_FAIL_REWIND:
		return true;
	default:
		return false;
	}
}

/*
 * A reply that does not tell its length ends with the connection, and so may
 * have been cut anywhere, even in its headers.
 */
static bool is_cut(const struct http_job *job, CURLcode code, long status)
{
	uint64_t all = job->have_bytes + job->taken_bytes;

	if (code != CURLE_OK || job->method != HTTP_GET ||
	    (status != 200 && status != 206) ||
	    http_job_header(job, "Content-Length") ||
	    http_job_header(job, "Transfer-Encoding"))
		return false;
	return all == 0 || all < job->wanted_bytes;
}

/* How long to wait: what the server asks for, else longer each time. */
static void wait_before_retry(struct http_job *job)
{
	const char *after = http_job_header(job, "Retry-After");
	long long wait = BACKOFF_MS * (1LL << job->attempts);

	if (after && strspn(after, "0123456789") == strlen(after))
		wait = strtol(after, NULL, 10) * 1000LL;
	if (wait < 0 || wait > WAIT_MAX_MS)
		wait = WAIT_MAX_MS;
	job->ready_ms = clock_monotonic_ms() + wait;
	job->attempts++;
	/* Where it was redirected to may have been good for a while only. */
	free(job->location);
	job->location = NULL;
}

/* May it be tried once more? Who gets on is not counted as failing. */
static bool may_retry(struct http_job *job)
{
	if (job->taken_bytes >= PROGRESS_BYTES)
		job->attempts = 0;
	return job->attempts + 1 < ATTEMPTS_MAX;
}

/* Has the server no answer to a request for the rest? */
static bool refuses_range(struct http_job *job, long status)
{
	if (job->have_bytes == 0 || status != 416)
		return false;
	job->no_ranges = true;
	return true;
}

static int refused(struct http_job *job, long status, struct err *err)
{
	const char *host = job->endpoint->host;
	SCOPED_FREE char *reason = http_refusal_text(&job->refusal);

	if (status == 404)
		return err_set(err, FAULT_INPUT, "%s: not found at %s",
			       job->what, host);
	if (status == 401 || status == 403)
		return err_set(
			err, FAULT_SYSTEM,
			"%s: %s denies access; it may not exist, or 'docker login %s' is needed",
			job->what, host, host);
	return err_set(err, FAULT_SYSTEM, "%s: %s answers with status %ld%s",
		       job->what, host, status, reason);
}

static int unreachable(struct http_job *job, CURLcode code, struct err *err)
{
	const char *why =
		*job->message ? job->message : curl_easy_strerror(code);

	return err_set(err, FAULT_SYSTEM, "%s: cannot %s %s: %s", job->what,
		       job->method == HTTP_GET ? "fetch it from" : "push it to",
		       job->endpoint->host, why);
}

static int redirect(struct http_job *job, struct err *err)
{
	char *url = NULL;

	curl_easy_getinfo(job->easy, CURLINFO_REDIRECT_URL, &url);
	if (!url)
		return err_set(err, FAULT_SYSTEM, "%s: %s redirects to nowhere",
			       job->what, job->endpoint->host);
	if (job->redirects++ >= REDIRECTS_MAX)
		return err_set(err, FAULT_SYSTEM,
			       "%s: %s redirects more than %d times", job->what,
			       job->endpoint->host, REDIRECTS_MAX);
	if (!oci_url_is_safe(url, job->endpoint->base))
		return err_set(err, FAULT_SYSTEM,
			       "%s: %s redirects to %s, which is not encrypted",
			       job->what, job->endpoint->host, url);
	free(job->location);
	job->location = xstrdup(url);
	return 0;
}

static bool accepts(const struct http_job *job, long status)
{
	if (is_rest(job, status))
		return true;
	return job->accepts ? job->accepts(job, status) : status == 200;
}

static int finish(struct http_job *job, long status, struct err *err)
{
	if (!accepts(job, status))
		return refused(job, status, err);
	job->finished = true;
	job->status = status;
	if (job->end(job, err) < 0)
		return err_wrap(err, "%s", job->what);
	if (job->again)
		http_job_restart(job);
	return 0;
}

static int log_in(struct oci_client *client, struct http_job *job,
		  struct err *err)
{
	const char *known = oci_grant_find(client, job);
	bool granted = true;

	/* Another job may have got a newer one in the meantime. */
	if (!known || (job->sent && strcmp(job->sent, known) == 0)) {
		if (job->logins++ >= LOGINS_MAX)
			return finish(job, 401, err);
		if (oci_grant_get(client, job, &granted, err) < 0)
			return err_wrap(err, "%s", job->what);
	}
	return granted ? 0 : finish(job, 401, err);
}

/* What is sent goes elsewhere only when it is told to go as it is. */
static bool is_redirect(const struct http_job *job, long status)
{
	bool plain = job->method == HTTP_GET || job->method == HTTP_HEAD;

	return status == 307 || status == 308 ||
	       (plain && (status == 301 || status == 302 || status == 303));
}

/* Judges a transfer that has ended; `finished` stays false to go again. */
static int judge(struct oci_client *client, struct http_job *job, CURLcode code,
		 struct err *err)
{
	long status = 0;

	curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &status);
	if (job->err.msg) {
		err_move(err, &job->err);
		return err_wrap(err, "%s", job->what);
	}
	if ((is_passing(code, status) || is_cut(job, code, status) ||
	     job->start_over || refuses_range(job, status)) &&
	    may_retry(job)) {
		job->start_over = false;
		wait_before_retry(job);
		return 0;
	}
	if (code != CURLE_OK)
		return unreachable(job, code, err);
	if (status == 401 && is_at_registry(job))
		return log_in(client, job, err);
	if (!accepts(job, status) && is_redirect(job, status))
		return redirect(job, err);
	return finish(job, status, err);
}

struct run {
	struct oci_client *client;
	CURLM *multi;
	struct http_job *jobs;
	size_t count;
	size_t active;
};

static int start_ready(struct run *run, struct err *err)
{
	long long now = clock_monotonic_ms();

	for (size_t i = 0; i < run->count && run->active < PARALLEL_MAX; i++) {
		struct http_job *job = &run->jobs[i];

		if (job->finished || job->easy || job->ready_ms > now)
			continue;
		job->failed = start(run->client, run->multi, job, err) < 0;
		if (job->failed)
			return -1;
		run->active++;
	}
	return 0;
}

static int take_ended(struct run *run, struct err *err)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(run->multi, &left))) {
		CURLcode code = message->data.result;
		struct http_job *job = NULL;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &job);
		curl_multi_remove_handle(run->multi, job->easy);
		run->active--;
		job->failed = judge(run->client, job, code, err) < 0;
		drop_transfer(job);
		if (job->failed)
			return -1;
	}
	return 0;
}

static bool all_finished(const struct run *run)
{
	for (size_t i = 0; i < run->count; i++)
		if (!run->jobs[i].finished)
			return false;
	return true;
}

/* One that still runs is to blame for the lost time. */
static int check_time(struct run *run, long long deadline_ms, struct err *err)
{
	if (clock_monotonic_ms() < deadline_ms)
		return 0;
	for (size_t i = 0; i < run->count; i++) {
		if (run->jobs[i].finished)
			continue;
		run->jobs[i].failed = true;
		return err_set(
			err, FAULT_SYSTEM,
			"%s: not fetched within %llu seconds (--timeout)",
			run->jobs[i].what,
			(unsigned long long)run->client->timeout_s);
	}
	return 0;
}

static int loop(struct run *run, struct err *err)
{
	long long deadline_ms =
		clock_monotonic_ms() + (long long)run->client->timeout_s * 1000;
	int running;

	while (!all_finished(run)) {
		if (check_time(run, deadline_ms, err) < 0 ||
		    start_ready(run, err) < 0)
			return -1;
		if (curl_multi_perform(run->multi, &running) != CURLM_OK ||
		    curl_multi_poll(run->multi, NULL, 0, 100, NULL) != CURLM_OK)
			return err_set(err, FAULT_SYSTEM, "libcurl fails");
		if (take_ended(run, err) < 0)
			return -1;
	}
	return 0;
}

int http_run(struct oci_client *client, struct http_job *jobs, size_t count,
	     struct err *err)
{
	struct run run = {
		.client = client,
		.multi = curl_multi_init(),
		.jobs = jobs,
		.count = count,
	};
	int result;

	if (!run.multi)
		return err_set(err, FAULT_SYSTEM, "cannot start libcurl");
	result = loop(&run, err);
	for (size_t i = 0; i < count; i++)
		if (jobs[i].easy)
			curl_multi_remove_handle(run.multi, jobs[i].easy);
	for (size_t i = 0; i < count; i++)
		drop_transfer(&jobs[i]);
	curl_multi_cleanup(run.multi);
	return result;
}
