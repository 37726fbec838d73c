/* SPDX-License-Identifier: Apache-2.0 */
/* The user's logins: Docker's config.json and credential helpers. */
#include "cmd/lib/oci/auth.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/json.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/base/subprocess.h"

#define CONFIG_MAX ((size_t)4 << 20)
#define HUB_KEY "https://index.docker.io/v1/"

static void free_secret(char *text)
{
	if (text)
		OPENSSL_cleanse(text, strlen(text));
	free(text);
}

void oci_login_release(struct oci_login *login)
{
	free(login->user);
	free_secret(login->secret);
	free_secret(login->identity);
	*login = (struct oci_login){ 0 };
}

char *oci_login_header(const struct oci_login *login)
{
	SCOPED(buf) pair = { 0 };
	SCOPED_FREE unsigned char *coded = NULL;

	buf_add_fmt(&pair, "%s:%s", login->user, login->secret);
	coded = xmalloc(pair.size * 4 / 3 + 8);
	EVP_EncodeBlock(coded, (const unsigned char *)pair.data,
			(int)pair.size);
	return xasprintf("Basic %s", (const char *)coded);
}

/* "auth" is the base64 of user:secret. */
static bool decode_auth(const char *coded, struct oci_login *login)
{
	size_t length = strlen(coded);
	SCOPED_FREE unsigned char *text = xcalloc(length + 1, 1);
	const char *plain = (const char *)text;
	const char *colon;

	if (length == 0 || length > CONFIG_MAX ||
	    EVP_DecodeBlock(text, (const unsigned char *)coded, (int)length) <
		    0)
		return false;
	colon = strchr(plain, ':');
	if (!colon)
		return false;
	login->user = xstrndup(plain, (size_t)(colon - plain));
	login->secret = xstrdup(colon + 1);
	return true;
}

static bool decode_entry(const json_t *entry, struct oci_login *login)
{
	const char *coded = json_text(entry, "auth");
	const char *user = json_text(entry, "username");
	const char *secret = json_text(entry, "password");
	const char *identity = json_text(entry, "identitytoken");

	if (identity && *identity) {
		login->identity = xstrdup(identity);
		return true;
	}
	if (coded && decode_auth(coded, login))
		return true;
	if (!user || !secret)
		return false;
	login->user = xstrdup(user);
	login->secret = xstrdup(secret);
	return true;
}

/* Keys are written "host", "host/path", "https://host" or ".../v1/". */
static char *plain_key(const char *key)
{
	const char *scheme = strstr(key, "://");
	char *plain = xstrdup(scheme ? scheme + 3 : key);
	size_t length = strlen(plain);

	if (length > 0 && plain[length - 1] == '/')
		plain[--length] = '\0';
	if (length > 3 && (strcmp(plain + length - 3, "/v1") == 0 ||
			   strcmp(plain + length - 3, "/v2") == 0))
		plain[length - 3] = '\0';
	return plain;
}

/* How well a key fits: the length of what it names, 0 when another. */
static size_t key_fits(const char *key, const char *host, const char *whole)
{
	SCOPED_FREE char *plain = plain_key(key);
	size_t length = strlen(plain);

	if (strcmp(host, "docker.io") == 0 &&
	    (strcmp(plain, "index.docker.io") == 0 ||
	     strcmp(plain, "registry-1.docker.io") == 0))
		return 1;
	if (strncmp(whole, plain, length) != 0 ||
	    (whole[length] != '/' && whole[length] != '\0'))
		return 0;
	return length;
}

static const char *best_key(json_t *object, const char *host,
			    const char *repository)
{
	SCOPED_FREE char *whole = xasprintf("%s/%s", host, repository);
	const char *best = NULL;
	size_t best_length = 0;
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		size_t length = key_fits(key, host, whole);

		if (length > best_length) {
			best = key;
			best_length = length;
		}
	}
	return best;
}

static int ask_helper(const char *program, const char *key, struct buf *answer,
		      struct err *err)
{
	SCOPED(subprocess) process = SUBPROCESS_INIT;
	SCOPED(strv) argv = { 0 };
	SCOPED_FD int in = -1;
	SCOPED_FD int out = -1;

	strv_add(&argv, program);
	strv_add(&argv, "get");
	if (fd_temporary(&in, NULL, err) < 0 ||
	    fd_temporary(&out, NULL, err) < 0 ||
	    fd_write_all(in, key, strlen(key), "helper", err) < 0)
		return -1;
	process.stdin_fd = in;
	process.stdout_fd = out;
	if (lseek(in, 0, SEEK_SET) < 0)
		return err_sys(err, "seek");
	if (subprocess_start(&process, &argv, err) < 0 ||
	    subprocess_wait(&process, err) < 0)
		return -1;
	if (lseek(out, 0, SEEK_SET) < 0)
		return err_sys(err, "seek");
	return buf_read_fd(answer, out, err);
}

/* A helper that knows no login fails; then the registry sees none. */
static void login_by_helper(struct oci_login *login, const char *helper,
			    const char *host, bool *found)
{
	SCOPED_FREE char *program = xasprintf("docker-credential-%s", helper);
	const char *key = strcmp(host, "docker.io") == 0 ? HUB_KEY : host;
	SCOPED(buf) answer = { .max_bytes = CONFIG_MAX };
	SCOPED(err) ignored = { 0 };
	SCOPED_JSON json_t *json = NULL;
	const char *user;
	const char *secret;

	if (strchr(helper, '/') ||
	    ask_helper(program, key, &answer, &ignored) < 0 ||
	    json_parse(&json, buf_text(&answer), answer.size, program,
		       &ignored) < 0)
		return;
	user = json_text(json, "Username");
	secret = json_text(json, "Secret");
	if (!user || !secret)
		return;
	*found = true;
	if (strcmp(user, "<token>") == 0) {
		login->identity = xstrdup(secret);
		return;
	}
	login->user = xstrdup(user);
	login->secret = xstrdup(secret);
}

static void login_from(struct oci_login *login, const json_t *config,
		       const char *host, const char *repository, bool *found)
{
	json_t *auths = json_object_get(config, "auths");
	json_t *helpers = json_object_get(config, "credHelpers");
	const char *helper_key = best_key(helpers, host, repository);
	const char *helper = helper_key ? json_text(helpers, helper_key) : NULL;
	const char *key = best_key(auths, host, repository);

	if (!helper)
		helper = json_text(config, "credsStore");
	if (helper)
		login_by_helper(login, helper, host, found);
	if (!*found && key)
		*found = decode_entry(json_object_get(auths, key), login);
}

/* Caller frees; NULL when there is no such file. */
static char *existing_file(const char *variable, const char *rest)
{
	const char *directory = getenv(variable);
	char *path;

	if (!directory || !*directory)
		return NULL;
	path = xasprintf("%s%s", directory, rest);
	if (path_exists(path))
		return path;
	free(path);
	return NULL;
}

static char *config_path(void)
{
	char *path = existing_file("DOCKER_CONFIG", "/config.json");

	if (!path)
		path = existing_file("HOME", "/.docker/config.json");
	if (!path)
		path = existing_file("REGISTRY_AUTH_FILE", "");
	if (!path)
		path = existing_file("XDG_RUNTIME_DIR",
				     "/containers/auth.json");
	return path;
}

int oci_login_find(struct oci_login *login, const char *host,
		   const char *repository, bool *found, struct err *err)
{
	SCOPED_FREE char *path = config_path();
	SCOPED(buf) text = { .max_bytes = CONFIG_MAX };
	SCOPED_JSON json_t *config = NULL;

	*login = (struct oci_login){ 0 };
	*found = false;
	if (!path)
		return 0;
	if (buf_read_file(&text, path, err) < 0 ||
	    json_parse(&config, buf_text(&text), text.size, path, err) < 0)
		return -1;
	login_from(login, config, host, repository, found);
	return 0;
}
