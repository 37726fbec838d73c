/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP towards registries: parallel, retried, redirected, authorised. */
#pragma once

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/err.h"
#include "cmd/lib/base/strv.h"
#include "cmd/lib/oci/endpoint.h"

#include <stdbool.h>
#include <stdint.h>

#include <curl/curl.h>

/* An Authorization header that a repository of a registry accepts. */
struct oci_grant {
	char *key;    /* owned; base URL, repository and what may be done */
	char *header; /* owned; "Bearer ..." */
};

struct oci_client {
	struct strv mirrors;
	bool offline;
	uint64_t timeout_s;
	struct buf ca_pem; /* empty: the system's own */
	struct oci_grant *grants;
	size_t grant_count;
	size_t grant_capacity;
	struct strv plain; /* loopback bases that speak plain HTTP */
	struct strv tls;   /* and those that speak TLS */
};

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT };

/*
 * One request. The caller fills the first part; `begin` makes an empty body
 * (again at each attempt), `body` takes bytes of a good reply and `end` judges
 * it. A job may ask for several things in turn: `end` then changes method and
 * URL and sets `again`; `begin` may change them too, to start from the front.
 *
 * At a later attempt `begin` may keep what it has and set `have_bytes`: only
 * the rest is asked for (RFC 9110 section 14, Range Requests). A server that
 * sends all again, or another part, makes `begin` run once more with
 * `no_ranges`.
 */
struct http_job {
	const struct oci_endpoint *endpoint; /* borrowed */
	const char *repository;              /* borrowed */
	char *url;                           /* owned */
	const char *accept;                  /* borrowed; NULL: anything */
	const char *what; /* borrowed; what messages call it */
	void *owner;
	int (*begin)(struct http_job *job, struct err *err);
	int (*body)(struct http_job *job, const void *data, size_t size,
		    struct err *err);
	int (*end)(struct http_job *job, struct err *err);
	uint64_t wanted_bytes; /* of the body; 0: it is not known */
	uint64_t have_bytes;
	bool no_ranges;
	/* Of jobs that are more than a GET; all may be left zero. */
	enum http_method method;
	const char *actions; /* borrowed; what a token is for; NULL: "pull" */
	const char *from; /* borrowed; a repository to be read too, or NULL */
	const char *type; /* borrowed; Content-Type of what is sent */
	uint64_t send_bytes; /* what HTTP_PUT sends, by `send` */
	int (*send)(struct http_job *job, void *data, size_t size, size_t *got,
		    struct err *err);
	/* Which replies `end` judges; NULL: those with status 200. */
	bool (*accepts)(const struct http_job *job, long status);
	long status; /* of the reply, inside `end` */
	bool again;
	/* internal */
	bool range_checked, start_over;
	uint64_t taken_bytes; /* at this attempt */
	CURL *easy;
	struct curl_slist *headers;
	char *location; /* owned; where a redirect points */
	char *sent;     /* owned; the Authorization header of this attempt */
	struct buf refusal; /* what a refusal says */
	unsigned attempts;  /* failed ones; `begin` may look at it */
	unsigned redirects;
	unsigned logins;
	long long ready_ms;
	bool finished;
	bool failed; /* it is what ended http_run */
	struct err err;
	char message[CURL_ERROR_SIZE];
};

void http_job_release(struct http_job *job);

/* A header of the final reply, inside `end`; NULL when it is not there. */
const char *http_job_header(const struct http_job *job, const char *name);

/* Sets what a request sends, and how: of a job that is about to start. */
void http_job_prepare_sending(struct http_job *job);

/* Ready to ask for the next thing. */
void http_job_restart(struct http_job *job);

/*
 * What a registry says in the body of a refusal (OCI distribution-spec, "Error
 * codes"), such as ": MANIFEST_BLOB_UNKNOWN: ..."; plain text, or "" when it
 * says nothing that can be read. The caller frees. Pure.
 */
char *http_refusal_text(const struct buf *body);

/* Runs all of them, a few at a time; the first failure ends it. */
int http_run(struct oci_client *client, struct http_job *jobs, size_t count,
	     struct err *err) MUST_CHECK;

/* What every request has in common: TLS, time limits, no surprises. */
int http_prepare(const struct oci_client *client, CURL *easy, const char *url,
		 struct err *err) MUST_CHECK;

/*
 * One small GET on its own, for tokens and manifests; no redirect is followed.
 * `authorization` may be NULL. The body is bounded by what the caller has set,
 * else by 1 MiB.
 */
struct http_answer {
	long status;
	struct buf body;
	char *redirect; /* owned; an absolute URL, or NULL */
};

void http_answer_release(struct http_answer *answer);
int http_get(const struct oci_client *client, const char *url,
	     const char *authorization, struct http_answer *answer,
	     struct err *err) MUST_CHECK;
/* The same as a POST of a form (application/x-www-form-urlencoded). */
int http_post_form(const struct oci_client *client, const char *url,
		   const char *form, struct http_answer *answer,
		   struct err *err) MUST_CHECK;

/*
 * Decides between TLS and plain HTTP for a registry on this machine by asking
 * it; changes `base` of the endpoint. Others keep TLS.
 */
int http_choose_scheme(struct oci_client *client, struct oci_endpoint *endpoint,
		       struct err *err) MUST_CHECK;

/* The header to send, or NULL. Borrowed. */
const char *oci_grant_find(const struct oci_client *client,
			   const struct http_job *job);

/*
 * Answers a 401 whose challenges are on the job's reply: asks the token server
 * or takes the user's login. `*granted` is false when there is no way.
 */
int oci_grant_get(struct oci_client *client, struct http_job *job,
		  bool *granted, struct err *err) MUST_CHECK;
