/* SPDX-License-Identifier: Apache-2.0 */
/* Where the images of a reference are fetched. */
#include "cmd/lib/oci/endpoint.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "cmd/lib/base/mem.h"

void oci_endpoint_release(struct oci_endpoint *endpoint)
{
	free(endpoint->host);
	free(endpoint->base);
	free(endpoint->prefix);
	*endpoint = (struct oci_endpoint){ 0 };
}

static bool is_docker_hub(const char *registry)
{
	return strcmp(registry, "docker.io") == 0 ||
	       strcmp(registry, "index.docker.io") == 0 ||
	       strcmp(registry, "registry-1.docker.io") == 0;
}

static bool is_http_url(const char *text)
{
	return strncmp(text, "http://", 7) == 0 ||
	       strncmp(text, "https://", 8) == 0;
}

/* The URL of a mirror for this registry, or NULL; `*general` is for all. */
static const char *mirror_for(const char *mirror, const char *registry,
			      bool *general)
{
	const char *equals = strchr(mirror, '=');
	SCOPED_FREE char *name = NULL;

	*general = is_http_url(mirror);
	if (*general)
		return mirror;
	if (!equals)
		return NULL;
	name = xstrndup(mirror, (size_t)(equals - mirror));
	if (strcmp(name, registry) == 0 ||
	    (is_docker_hub(name) && is_docker_hub(registry)))
		return equals + 1;
	return NULL;
}

static const char *find_mirror(const struct strv *mirrors, const char *registry)
{
	const char *fallback = NULL;

	for (size_t i = mirrors->count; i-- > 0;) {
		bool general;
		const char *url =
			mirror_for(mirrors->items[i], registry, &general);

		if (url && !general)
			return url;
		if (url && !fallback)
			fallback = url;
	}
	return fallback;
}

static void from_mirror(struct oci_endpoint *endpoint, const char *url)
{
	const char *host = strstr(url, "://") + 3;
	size_t length = strcspn(host, "/");
	const char *path = host + length;
	size_t path_length;

	endpoint->host = xstrndup(host, length);
	endpoint->base = xstrndup(url, (size_t)(path - url));
	path += *path == '/';
	path_length = strlen(path);
	if (path_length > 0 && path[path_length - 1] == '/')
		path_length--;
	endpoint->prefix = xasprintf("%.*s%s", (int)path_length, path,
				     path_length ? "/" : "");
}

void oci_endpoint_find(struct oci_endpoint *endpoint, const struct oci_ref *ref,
		       const struct strv *mirrors)
{
	const char *mirror = find_mirror(mirrors, ref->registry);
	bool hub = is_docker_hub(ref->registry);
	SCOPED_FREE char *host = NULL;

	*endpoint = (struct oci_endpoint){ 0 };
	if (mirror) {
		from_mirror(endpoint, mirror);
		return;
	}
	endpoint->host = xstrdup(hub ? "docker.io" : ref->registry);
	endpoint->base = xasprintf("https://%s", hub ? "registry-1.docker.io"
						     : ref->registry);
	endpoint->prefix = xstrdup("");
	host = oci_url_host(endpoint->base);
	endpoint->loopback = host && oci_host_is_loopback(host);
}

int oci_mirror_check(const char *mirror, struct err *err)
{
	const char *equals = strchr(mirror, '=');
	const char *url = !is_http_url(mirror) && equals ? equals + 1 : mirror;
	SCOPED_FREE char *host = is_http_url(url) ? oci_url_host(url) : NULL;

	if (!host || strpbrk(url, "@?# "))
		return err_set(
			err, FAULT_INPUT,
			"mirror '%s': write URL or REGISTRY=URL with an http:// or https:// URL",
			mirror);
	return 0;
}

bool oci_host_is_loopback(const char *host)
{
	size_t length = strlen(host);
	uint8_t address[4];

	if (strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
	    strcmp(host, "[::1]") == 0)
		return true;
	if (length > 10 && strcasecmp(host + length - 10, ".localhost") == 0)
		return true;
	return inet_pton(AF_INET, host, address) == 1 && address[0] == 127;
}

static void scope_curlu(CURLU **url)
{
	curl_url_cleanup(*url);
}
#define SCOPED_CURLU __attribute__((cleanup(scope_curlu)))

static void scope_curl_text(char **text)
{
	curl_free(*text);
}
#define SCOPED_CURL_TEXT __attribute__((cleanup(scope_curl_text)))

/* One part of a URL; NULL when the URL or the part is not there. */
static char *url_part(const char *url, CURLUPart part)
{
	SCOPED_CURLU CURLU *parsed = curl_url();
	SCOPED_CURL_TEXT char *text = NULL;

	if (!parsed || curl_url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK)
		return NULL;
	if (curl_url_get(parsed, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK)
		return NULL;
	return xstrdup(text);
}

char *oci_url_host(const char *url)
{
	char *host = url_part(url, CURLUPART_HOST);

	for (char *c = host; c && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return host;
}

static bool same_part(const char *a, const char *b, CURLUPart part)
{
	SCOPED_FREE char *left = url_part(a, part);
	SCOPED_FREE char *right = url_part(b, part);

	return left && right && strcasecmp(left, right) == 0;
}

bool oci_url_same_origin(const char *a, const char *b)
{
	return same_part(a, b, CURLUPART_SCHEME) &&
	       same_part(a, b, CURLUPART_HOST) &&
	       same_part(a, b, CURLUPART_PORT);
}

/*
 * The part of a host name that somebody registered. Without the public suffix
 * list: the last two labels, or three where the last two look like "co.uk".
 */
static const char *registered_part(const char *host)
{
	const char *starts[3] = { NULL, NULL, NULL };
	size_t label;

	for (const char *c = host + strlen(host); c > host; c--) {
		if (c[-1] != '.')
			continue;
		starts[2] = starts[1];
		starts[1] = starts[0];
		starts[0] = c;
		if (!starts[1])
			continue;
		label = (size_t)(starts[1] - starts[0]) - 1;
		if (starts[2])
			return starts[0];
		if (label > 3 || strlen(starts[1]) > 2)
			return starts[0];
	}
	return host;
}

bool oci_host_same_site(const char *a, const char *b)
{
	if (strcasecmp(a, b) == 0)
		return true;
	if (strspn(a, "0123456789.:[]") == strlen(a))
		return false;
	return strcasecmp(registered_part(a), registered_part(b)) == 0 &&
	       strchr(registered_part(a), '.');
}

bool oci_url_is_safe(const char *url, const char *base)
{
	SCOPED_FREE char *scheme = url_part(url, CURLUPART_SCHEME);
	SCOPED_FREE char *host = oci_url_host(url);

	if (!scheme || !host)
		return false;
	if (strcmp(scheme, "https") == 0)
		return true;
	return strcmp(scheme, "http") == 0 &&
	       (oci_host_is_loopback(host) || oci_url_same_origin(url, base));
}
