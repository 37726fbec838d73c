/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers to "401 Unauthorized": bearer tokens and basic logins (distribution's
 * token authentication specification, which registries follow).
 */
#include "cmd/lib/oci/http.h"

#include <string.h>

#include <openssl/crypto.h>

#include "cmd/lib/base/json.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/auth.h"

#define CHALLENGES_MAX 8

static const char *actions_of(const struct http_job *job)
{
	return job->actions ? job->actions : "pull";
}

static char *grant_key(const struct http_job *job)
{
	return xasprintf("%s %s:%s %s", job->endpoint->base, job->repository,
			 actions_of(job), job->from ? job->from : "");
}

static struct oci_grant *find(const struct oci_client *client, const char *key)
{
	for (size_t i = 0; i < client->grant_count; i++)
		if (strcmp(client->grants[i].key, key) == 0)
			return &client->grants[i];
	return NULL;
}

const char *oci_grant_find(const struct oci_client *client,
			   const struct http_job *job)
{
	SCOPED_FREE char *key = grant_key(job);
	const struct oci_grant *grant = find(client, key);

	return grant ? grant->header : NULL;
}

static void remember_adopt(struct oci_client *client,
			   const struct http_job *job, char *header)
{
	SCOPED_FREE char *key = grant_key(job);
	struct oci_grant *grant = find(client, key);

	if (grant) {
		free(grant->header);
		grant->header = header;
		return;
	}
	client->grants = xgrow(client->grants, client->grant_count,
			       &client->grant_capacity, sizeof(*grant));
	client->grants[client->grant_count++] = (struct oci_grant){
		.key = TAKE(key),
		.header = header,
	};
}

static void read_challenges(const struct http_job *job,
			    struct oci_challenge *challenge)
{
	struct curl_header *header;

	for (size_t i = 0; i < CHALLENGES_MAX; i++) {
		if (curl_easy_header(job->easy, "WWW-Authenticate", i,
				     CURLH_HEADER, -1, &header) != CURLHE_OK)
			return;
		oci_challenge_add(challenge, header->value);
	}
}

static void add_field(struct buf *text, char separator, const char *key,
		      const char *value)
{
	char *coded = curl_easy_escape(NULL, value, 0);

	buf_add_fmt(text, "%c%s=%s", separator, key, coded ? coded : "");
	curl_free(coded);
}

static void add_query(struct buf *url, const char *key, const char *value)
{
	add_field(url, strchr(buf_text(url), '?') ? '&' : '?', key, value);
}

/* It is our own: whoever asks for a login does not choose it. */
static char *scope_of(const struct http_job *job)
{
	return xasprintf("repository:%s%s:%s", job->endpoint->prefix,
			 job->repository, actions_of(job));
}

/* Of the repository that a blob is mounted from; NULL: there is none. */
static char *more_scope_of(const struct http_job *job)
{
	return job->from ? xasprintf("repository:%s%s:pull",
				     job->endpoint->prefix, job->from)
			 : NULL;
}

static void token_url(struct buf *url, const struct oci_challenge *challenge,
		      const struct http_job *job)
{
	SCOPED_FREE char *scope = scope_of(job);
	SCOPED_FREE char *more = more_scope_of(job);

	buf_add_str(url, challenge->realm);
	if (challenge->service)
		add_query(url, "service", challenge->service);
	add_query(url, "scope", scope);
	if (more)
		add_query(url, "scope", more);
}

/* Anything but visible ASCII could add lines to the request. */
static bool is_token(const char *text)
{
	for (const char *c = text; *c; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	return *text != '\0';
}

static int read_token(const struct buf *body, const char *realm, char **header,
		      struct err *err)
{
	SCOPED_JSON json_t *json = NULL;
	const char *token;

	if (json_parse(&json, buf_text(body), body->size, realm, err) < 0)
		return -1;
	token = json_text(json, "token");
	if (!token)
		token = json_text(json, "access_token");
	if (!token || !is_token(token))
		return err_set(err, FAULT_SYSTEM, "%s gives no usable token",
			       realm);
	*header = xasprintf("Bearer %s", token);
	return 0;
}

static bool may_have_login(const struct http_job *job, const char *realm)
{
	SCOPED_FREE char *ours = oci_url_host(job->endpoint->base);
	SCOPED_FREE char *theirs = oci_url_host(realm);

	if (ours && theirs && oci_host_same_site(ours, theirs))
		return true;
	log_warn("%s asks for its login at %s, another site; not sent",
		 job->endpoint->host, realm);
	return false;
}

/* A login never travels in the clear, but to this machine itself. */
static bool is_private(const char *url)
{
	return oci_url_is_safe(url, "");
}

/* The refresh token as a form: RFC 6749 section 6. */
static void identity_form(struct buf *form,
			  const struct oci_challenge *challenge,
			  const struct http_job *job, const char *identity)
{
	SCOPED_FREE char *scope = scope_of(job);
	SCOPED_FREE char *more = more_scope_of(job);
	SCOPED_FREE char *scopes =
		xasprintf("%s%s%s", scope, more ? " " : "", more ? more : "");

	buf_add_str(form, "grant_type=refresh_token&client_id=kitbuild");
	if (challenge->service)
		add_field(form, '&', "service", challenge->service);
	add_field(form, '&', "scope", scopes);
	add_field(form, '&', "refresh_token", identity);
}

/* Asks the token server, in the way that the login allows. */
static int ask_for_token(const struct oci_client *client,
			 const struct oci_challenge *challenge,
			 const struct http_job *job,
			 const struct oci_login *login,
			 struct http_answer *answer, struct err *err)
{
	SCOPED_FREE char *basic = NULL;
	SCOPED(buf) text = { 0 };
	int result;

	if (login && login->identity) {
		identity_form(&text, challenge, job, login->identity);
		result = http_post_form(client, challenge->realm,
					buf_text(&text), answer, err);
		OPENSSL_cleanse(text.data, text.size);
		return result;
	}
	if (login)
		basic = oci_login_header(login);
	token_url(&text, challenge, job);
	return http_get(client, buf_text(&text), basic, answer, err);
}

static int get_bearer(struct oci_client *client, struct http_job *job,
		      const struct oci_challenge *challenge,
		      const struct oci_login *login, struct err *err)
{
	SCOPED(http_answer) answer = { 0 };
	char *header = NULL;

	if (!oci_url_is_safe(challenge->realm, job->endpoint->base))
		return err_set(
			err, FAULT_SYSTEM,
			"%s sends us to %.200s for a token, which is not encrypted",
			job->endpoint->host, challenge->realm);
	if (login && (!is_private(challenge->realm) ||
		      !may_have_login(job, challenge->realm)))
		login = NULL;
	if (ask_for_token(client, challenge, job, login, &answer, err) < 0)
		return -1;
	if (answer.status != 200)
		return err_set(
			err, FAULT_SYSTEM,
			"%s denies access (status %ld); 'docker login %s' may be needed",
			challenge->realm, answer.status, job->endpoint->host);
	if (read_token(&answer.body, challenge->realm, &header, err) < 0)
		return -1;
	remember_adopt(client, job, header);
	return 0;
}

int oci_grant_get(struct oci_client *client, struct http_job *job,
		  bool *granted, struct err *err)
{
	SCOPED(oci_challenge) challenge = { 0 };
	SCOPED(oci_login) login = { 0 };
	bool known = false;

	*granted = false;
	read_challenges(job, &challenge);
	if (oci_login_find(&login, job->endpoint->host, job->repository, &known,
			   err) < 0)
		return -1;
	if (challenge.bearer) {
		*granted = true;
		return get_bearer(client, job, &challenge,
				  known ? &login : NULL, err);
	}
	if (challenge.basic && known && !login.identity &&
	    is_private(job->endpoint->base)) {
		*granted = true;
		remember_adopt(client, job, oci_login_header(&login));
	}
	return 0;
}
