/* SPDX-License-Identifier: Apache-2.0 */
/* References to images. */
#include "cmd/lib/oci/ref.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/internal.h"

#define REPOSITORY_MAX 255
#define TAG_MAX 128
#define TEXT_MAX 1024

static bool is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_alnum(char c)
{
	return is_lower_alnum(c) || (c >= 'A' && c <= 'Z');
}

/* What may stand between two runs of letters: "." "_" "__" or any "-". */
static size_t separator_length(const char *text)
{
	if (strncmp(text, "__", 2) == 0)
		return 2;
	if (*text == '.' || *text == '_')
		return 1;
	return strspn(text, "-");
}

static bool is_repository(const char *text)
{
	for (;;) {
		size_t skip;

		if (!is_lower_alnum(*text))
			return false;
		while (is_lower_alnum(*text))
			text++;
		if (*text == '\0')
			return true;
		skip = *text == '/' ? 1 : separator_length(text);
		if (skip == 0)
			return false;
		text += skip;
	}
}

static bool is_port(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits > 0 && digits <= 5 && text[digits] == '\0' &&
	       strtol(text, NULL, 10) <= 65535;
}

/* Labels of letters, digits and inner hyphens, or an IPv6 address. */
static const char *skip_host(const char *text)
{
	if (*text == '[') {
		size_t inside = strspn(text + 1, "0123456789abcdefABCDEF:.");

		return inside >= 2 && text[inside + 1] == ']'
			       ? text + inside + 2
			       : NULL;
	}
	for (;;) {
		if (!is_alnum(*text))
			return NULL;
		while (is_alnum(*text) || *text == '-')
			text++;
		if (text[-1] == '-')
			return NULL;
		if (*text != '.')
			return text;
		text++;
	}
}

static bool is_registry(const char *text)
{
	const char *rest = skip_host(text);

	if (!rest || rest - text > 253)
		return false;
	return *rest == '\0' || (*rest == ':' && is_port(rest + 1));
}

static bool is_tag(const char *text)
{
	size_t length = strlen(text);

	if (length > TAG_MAX || !(is_alnum(*text) || *text == '_'))
		return false;
	for (; *text; text++)
		if (!is_alnum(*text) && !strchr("_.-", *text))
			return false;
	return true;
}

static char *expand(const char *text)
{
	const char *slash = strchr(text, '/');
	size_t first;

	if (!slash)
		return xasprintf("docker.io/library/%s", text);
	first = (size_t)(slash - text);
	if (strchr(slash + 1, '/') || memchr(text, '.', first) ||
	    memchr(text, ':', first) ||
	    (first == 9 && memcmp(text, "localhost", 9) == 0))
		return xstrdup(text);
	return xasprintf("docker.io/%s", text);
}

static int refuse(struct err *err, const char *text, const char *why)
{
	return err_set(err, FAULT_INPUT, "image name '%.200s': %s", text, why);
}

/* Takes "@digest" and ":tag" off the end of `rest`. */
static int split_suffixes(struct oci_ref *ref, char *rest, const char *text,
			  struct err *err)
{
	char *at = strchr(rest, '@');
	char *colon;

	if (at) {
		*at = '\0';
		ref->has_digest = true;
		if (!digest_parse(&ref->digest, at + 1))
			return refuse(
				err, text,
				"after '@' stands 'sha256:' and 64 lower-case hexadecimal digits");
	}
	colon = strchr(rest, ':');
	if (!colon)
		return 0;
	*colon = '\0';
	ref->tag = xstrdup(colon + 1);
	if (!is_tag(ref->tag))
		return refuse(
			err, text,
			"a tag has up to 128 letters, digits, '_', '.' and '-'");
	return 0;
}

static int parse_expanded(struct oci_ref *ref, const char *text,
			  struct err *err)
{
	char *slash = strchr(ref->name, '/');

	ref->registry = xstrndup(ref->name, (size_t)(slash - ref->name));
	ref->repository = xstrdup(slash + 1);
	if (!is_registry(ref->registry))
		return refuse(err, text,
			      "the part before the first '/' is not a host");
	if (split_suffixes(ref, ref->repository, text, err) < 0)
		return -1;
	if (strlen(ref->repository) > REPOSITORY_MAX)
		return refuse(err, text, "longer than 255 characters");
	if (!is_repository(ref->repository))
		return refuse(
			err, text,
			"a repository is lower-case letters and digits, parted by '/', '.', '_' or '-'");
	return 0;
}

int oci_ref_parse(struct oci_ref *ref, const char *text, struct err *err)
{
	*ref = (struct oci_ref){ 0 };
	if (*text == '\0')
		return err_set(err, FAULT_INPUT, "an image name is empty");
	if (strlen(text) > TEXT_MAX)
		return refuse(err, text, "longer than 1024 characters");
	if (ref_source_begins(text))
		return ref_source_parse(ref, text, err);
	if (strstr(text, "://"))
		return refuse(err, text, "an image name is not a URL");
	ref->name = expand(text);
	if (parse_expanded(ref, text, err) < 0) {
		oci_ref_release(ref);
		return -1;
	}
	return 0;
}

void oci_ref_release(struct oci_ref *ref)
{
	free(ref->name);
	free(ref->registry);
	free(ref->repository);
	free(ref->tag);
	free(ref->path);
	free(ref->image);
	*ref = (struct oci_ref){ 0 };
}
