/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that send something. */
#include "cmd/lib/oci/http.h"

#include <string.h>

#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"

/* A registry may have to hash gigabytes before it answers. */
#define ANSWER_SECONDS 300L
/* Of a refusal, so much is read. */
#define REFUSAL_MAX ((size_t)64 << 10)

static size_t give_body(char *data, size_t one, size_t count, void *user)
{
	struct http_job *job = user;
	size_t got;

	(void)one;
	if (job->send(job, data, count, &got, &job->err) < 0)
		return CURL_READFUNC_ABORT;
	return got;
}

static void prepare_put(struct http_job *job)
{
	CURL *easy = job->easy;

	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE,
			 (curl_off_t)job->send_bytes);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_body);
	curl_easy_setopt(easy, CURLOPT_READDATA, job);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, ANSWER_SECONDS);
}

void http_job_prepare_sending(struct http_job *job)
{
	static const char *const names[] = {
		[HTTP_GET] = "GET",
		[HTTP_HEAD] = "HEAD",
		[HTTP_POST] = "POST",
		[HTTP_PUT] = "PUT",
	};

	const char *url = job->location ? job->location : job->url;

	/* Queries may hold what lets others in. */
	log_debug("%s %.*s", names[job->method], (int)strcspn(url, "?"), url);
	buf_clear(&job->refusal);
	job->refusal.max_bytes = REFUSAL_MAX;
	if (job->method == HTTP_HEAD)
		curl_easy_setopt(job->easy, CURLOPT_NOBODY, 1L);
	if (job->method == HTTP_POST) {
		curl_easy_setopt(job->easy, CURLOPT_POST, 1L);
		curl_easy_setopt(job->easy, CURLOPT_POSTFIELDSIZE, 0L);
		curl_easy_setopt(job->easy, CURLOPT_COPYPOSTFIELDS, "");
	}
	if (job->method == HTTP_PUT)
		prepare_put(job);
}

void http_job_restart(struct http_job *job)
{
	free(job->location);
	job->location = NULL;
	job->finished = false;
	job->again = false;
	/* Not `attempts`: they bound the whole job. */
	job->redirects = 0;
	job->logins = 0;
}
