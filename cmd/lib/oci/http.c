/* SPDX-License-Identifier: Apache-2.0 */
/* Single HTTP requests, and what all of them have in common. */
#include "cmd/lib/oci/http.h"

#include <string.h>
#include <time.h>

#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"

#define CONNECT_SECONDS 10L
#define PROBE_SECONDS 3L
#define STALL_SECONDS 30L
#define ANSWER_SECONDS 120L
#define ANSWER_MAX ((size_t)1 << 20)
#define ANSWER_TRIES 3

static void scope_curl(CURL **easy)
{
	curl_easy_cleanup(*easy);
}
#define SCOPED_CURL __attribute__((cleanup(scope_curl)))

static void scope_slist(struct curl_slist **list)
{
	curl_slist_free_all(*list);
}
#define SCOPED_SLIST __attribute__((cleanup(scope_slist)))

int http_prepare(const struct oci_client *client, CURL *easy, const char *url,
		 struct err *err)
{
	struct curl_blob pem = {
		.data = client->ca_pem.data,
		.len = client->ca_pem.size,
		.flags = CURL_BLOB_NOCOPY,
	};
	CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, url);

	if (code == CURLE_OK)
		code = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
					"http,https");
	if (code == CURLE_OK && pem.len > 0)
		code = curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &pem);
	if (code != CURLE_OK)
		return err_set(err, FAULT_SYSTEM, "%s: %s", url,
			       curl_easy_strerror(code));
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, STALL_SECONDS);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "kitbuild");
	return 0;
}

void http_answer_release(struct http_answer *answer)
{
	buf_release(&answer->body);
	free(answer->redirect);
}

static size_t take_answer(char *data, size_t one, size_t count, void *user)
{
	struct http_answer *answer = user;

	(void)one;
	return buf_try_add(&answer->body, data, count) ? count : 0;
}

static bool worth_another(CURLcode code, long status)
{
	return code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR ||
	       code == CURLE_GOT_NOTHING || status == 429 || status >= 500;
}

static void pause_ms(long ms)
{
	struct timespec span = { .tv_sec = ms / 1000,
				 .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&span, NULL);
}

static CURLcode ask(CURL *easy, struct http_answer *answer)
{
	CURLcode code = CURLE_OK;

	for (int i = 0; i < ANSWER_TRIES; i++) {
		if (i > 0)
			pause_ms(500L << i);
		buf_clear(&answer->body);
		code = curl_easy_perform(easy);
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE,
				  &answer->status);
		if (!worth_another(code, answer->status))
			break;
	}
	return code;
}

/* What differs between the two ways to ask. */
struct question {
	const char *url;
	const char *authorization; /* or NULL */
	const char *form;          /* NULL: a GET */
};

static int put_question(const struct oci_client *client,
			const struct question *question,
			struct http_answer *answer, struct err *err)
{
	SCOPED_CURL CURL *easy = curl_easy_init();
	SCOPED_SLIST struct curl_slist *headers = NULL;
	SCOPED(buf) line = { 0 };
	char message[CURL_ERROR_SIZE] = "";
	const char *redirect = NULL;
	CURLcode code;

	if (answer->body.max_bytes == 0)
		answer->body.max_bytes = ANSWER_MAX;
	if (!easy)
		return err_set(err, FAULT_SYSTEM, "cannot start libcurl");
	if (http_prepare(client, easy, question->url, err) < 0)
		return -1;
	if (question->authorization) {
		buf_add_fmt(&line, "Authorization: %s",
			    question->authorization);
		headers = curl_slist_append(NULL, buf_text(&line));
		curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	}
	if (question->form)
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, question->form);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, ANSWER_SECONDS);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, message);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
	code = ask(easy, answer);
	if (code != CURLE_OK)
		return err_set(err, FAULT_SYSTEM, "cannot reach %s: %s",
			       question->url,
			       *message ? message : curl_easy_strerror(code));
	curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &redirect);
	answer->redirect = redirect ? xstrdup(redirect) : NULL;
	return 0;
}

int http_get(const struct oci_client *client, const char *url,
	     const char *authorization, struct http_answer *answer,
	     struct err *err)
{
	const struct question question = { url, authorization, NULL };

	return put_question(client, &question, answer, err);
}

int http_post_form(const struct oci_client *client, const char *url,
		   const char *form, struct http_answer *answer,
		   struct err *err)
{
	const struct question question = { url, NULL, form };

	return put_question(client, &question, answer, err);
}

/* Was the connection broken before TLS stood? */
static bool breaks_off(CURL *easy, CURLcode code)
{
	curl_off_t handshake_us = 0;

	curl_easy_getinfo(easy, CURLINFO_APPCONNECT_TIME_T, &handshake_us);
	return handshake_us == 0 &&
	       (code == CURLE_SSL_CONNECT_ERROR || code == CURLE_RECV_ERROR ||
		code == CURLE_SEND_ERROR || code == CURLE_GOT_NOTHING);
}

/*
 * A server of plain HTTP breaks the TLS handshake off; one that keeps silent is
 * taken for a slow one that speaks TLS.
 */
static int probe_tls(const struct oci_client *client, const char *base,
		     bool *plain, struct err *err)
{
	SCOPED_CURL CURL *easy = curl_easy_init();
	SCOPED(buf) url = { 0 };

	if (!easy)
		return err_set(err, FAULT_SYSTEM, "cannot start libcurl");
	buf_add_fmt(&url, "%s/v2/", base);
	if (http_prepare(client, easy, buf_text(&url), err) < 0)
		return -1;
	curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, PROBE_SECONDS);
	*plain = breaks_off(easy, curl_easy_perform(easy));
	return 0;
}

int http_choose_scheme(struct oci_client *client, struct oci_endpoint *endpoint,
		       struct err *err)
{
	bool plain = strv_has(&client->plain, endpoint->base);

	if (!endpoint->loopback)
		return 0;
	if (!plain && !strv_has(&client->tls, endpoint->base)) {
		if (probe_tls(client, endpoint->base, &plain, err) < 0)
			return -1;
		strv_add(plain ? &client->plain : &client->tls, endpoint->base);
	}
	if (plain) {
		memmove(endpoint->base + 4, endpoint->base + 5,
			strlen(endpoint->base) - 4);
		log_debug("%s speaks plain HTTP", endpoint->base);
	}
	return 0;
}
