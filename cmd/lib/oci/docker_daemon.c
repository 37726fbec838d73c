/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Docker daemon (Docker Engine API). Paths without a version mean the
 * newest that the daemon speaks: it refuses versions it finds too old.
 */
#include "cmd/lib/oci/source_internal.h"

#include <string.h>

#include <curl/curl.h>

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/json.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"

#define DEFAULT_HOST "unix:///var/run/docker.sock"
#define CONNECT_SECONDS 10L
/* A large image takes the daemon a while before its first byte. */
#define STALL_SECONDS 300L
#define ANSWER_MAX ((size_t)4 << 20)

/* Where the daemon listens. All owned. */
struct daemon {
	char *base;         /* http://localhost, or that of tcp:// */
	char *socket;       /* NULL: none */
	char *certificates; /* the folder for TLS; NULL: none */
};

static void daemon_release(struct daemon *daemon)
{
	free(daemon->base);
	free(daemon->socket);
	free(daemon->certificates);
}

/* As Docker's own client has it. */
static char *certificate_folder(void)
{
	const char *verify = getenv("DOCKER_TLS_VERIFY");
	const char *folder = getenv("DOCKER_CERT_PATH");
	const char *home = getenv("HOME");

	if (!verify || !*verify)
		return NULL;
	if (folder && *folder)
		return xstrdup(folder);
	return path_join(home ? home : "", ".docker");
}

static int find_daemon(struct daemon *daemon, struct err *err)
{
	const char *said = getenv("DOCKER_HOST");
	const char *host = said && *said ? said : DEFAULT_HOST;

	if (strncmp(host, "unix://", 7) == 0 && host[7] == '/') {
		daemon->socket = xstrdup(host + 7);
		daemon->base = xstrdup("http://localhost");
		return 0;
	}
	if (strncmp(host, "tcp://", 6) == 0 && host[6] &&
	    !strpbrk(host + 6, "@?# ")) {
		size_t length = strcspn(host + 6, "/");

		daemon->certificates = certificate_folder();
		daemon->base = xasprintf(
			"%s://%.*s", daemon->certificates ? "https" : "http",
			(int)length, host + 6);
		return 0;
	}
	if (strncmp(host, "ssh://", 6) == 0)
		return err_set(
			err, FAULT_INPUT,
			"DOCKER_HOST is %.200s: Docker is not asked through ssh; 'ssh -L /path/docker.sock:/var/run/docker.sock HOST' and unix:///path/docker.sock do the same",
			host);
	return err_set(
		err, FAULT_INPUT,
		"DOCKER_HOST is '%.200s', which is neither unix:///PATH nor tcp://HOST:PORT",
		host);
}

/* One request; what comes goes to the descriptor or, when -1, to the buffer. */
struct asking {
	CURL *easy;
	int fd;
	struct buf body;
	struct err err;
	char message[CURL_ERROR_SIZE];
};

static void asking_release(struct asking *asking)
{
	curl_easy_cleanup(asking->easy);
	buf_release(&asking->body);
	err_release(&asking->err);
}

static size_t take(char *data, size_t one, size_t count, void *user)
{
	struct asking *asking = user;
	long status = 0;

	(void)one;
	curl_easy_getinfo(asking->easy, CURLINFO_RESPONSE_CODE, &status);
	if (asking->fd < 0 || status != 200)
		return buf_try_add(&asking->body, data, count) ? count : 0;
	return fd_write_all(asking->fd, data, count, "a temporary file",
			    &asking->err) < 0
		       ? 0
		       : count;
}

static void set_certificates(CURL *easy, const char *folder)
{
	SCOPED_FREE char *authority = path_join(folder, "ca.pem");
	SCOPED_FREE char *own = path_join(folder, "cert.pem");
	SCOPED_FREE char *key = path_join(folder, "key.pem");

	curl_easy_setopt(easy, CURLOPT_CAINFO, authority);
	curl_easy_setopt(easy, CURLOPT_SSLCERT, own);
	curl_easy_setopt(easy, CURLOPT_SSLKEY, key);
}

static int prepare(struct asking *asking, const struct daemon *daemon,
		   const char *url, struct err *err)
{
	CURL *easy = asking->easy = curl_easy_init();

	if (!easy || curl_easy_setopt(easy, CURLOPT_URL, url) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") !=
		    CURLE_OK)
		return err_set(err, FAULT_SYSTEM, "cannot start libcurl");
	if (daemon->socket)
		curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH,
				 daemon->socket);
	if (daemon->certificates)
		set_certificates(easy, daemon->certificates);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, STALL_SECONDS);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "kitbuild");
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, asking->message);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, asking);
	asking->body.max_bytes = ANSWER_MAX;
	return 0;
}

static int judge(struct asking *asking, const char *image, struct err *err)
{
	SCOPED_JSON json_t *json = NULL;
	SCOPED(err) ignored = { 0 };
	const char *why = NULL;
	long status = 0;

	curl_easy_getinfo(asking->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status == 200)
		return 0;
	if (status == 404)
		return err_set(err, FAULT_INPUT, "Docker has no image %s",
			       image);
	if (json_parse(&json, buf_text(&asking->body), asking->body.size, "",
		       &ignored) == 0)
		why = json_text(json, "message");
	return err_set(err, FAULT_SYSTEM,
		       "image %s: Docker answers with status %ld%s%.200s",
		       image, status, why ? ": " : "", why ? why : "");
}

static int ask(struct asking *asking, const char *image, const char *what,
	       struct err *err)
{
	SCOPED(daemon) daemon = { 0 };
	SCOPED_FREE char *url = NULL;
	CURLcode code;

	if (find_daemon(&daemon, err) < 0)
		return -1;
	url = xasprintf("%s/images/%s/%s", daemon.base, image, what);
	if (prepare(asking, &daemon, url, err) < 0)
		return -1;
	log_debug("ask Docker: GET %s", url);
	code = curl_easy_perform(asking->easy);
	if (asking->err.msg)
		return err_move(err, &asking->err);
	if (code != CURLE_OK)
		return err_set(err, FAULT_SYSTEM, "cannot ask Docker at %s: %s",
			       daemon.socket ? daemon.socket : daemon.base,
			       *asking->message ? asking->message
						: curl_easy_strerror(code));
	return judge(asking, image, err);
}

int docker_daemon_ask(const char *image, char **id, struct err *err)
{
	SCOPED(asking) asking = { .fd = -1 };
	SCOPED_JSON json_t *json = NULL;
	struct digest digest;
	const char *said;

	if (ask(&asking, image, "json", err) < 0)
		return -1;
	if (json_parse(&json, buf_text(&asking.body), asking.body.size,
		       "Docker's answer", err) < 0)
		return -1;
	said = json_text(json, "Id");
	if (!said || !digest_parse(&digest, said))
		return err_set(err, FAULT_SYSTEM,
			       "image %s: Docker tells no Id", image);
	*id = xstrdup(said);
	return 0;
}

int docker_daemon_save(const char *image, int fd, struct err *err)
{
	SCOPED(asking) asking = { .fd = fd };

	return ask(&asking, image, "get", err);
}
