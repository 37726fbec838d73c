/* SPDX-License-Identifier: Apache-2.0 */
/* References to images on this machine. */
#include "cmd/lib/oci/ref.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/internal.h"

static const struct {
	const char *prefix;
	enum oci_source source;
} prefixes[] = {
	{ "oci:", OCI_SOURCE_LAYOUT },
	{ "oci-archive:", OCI_SOURCE_LAYOUT },
	{ "docker-archive:", OCI_SOURCE_DOCKER_ARCHIVE },
	{ "docker-daemon:", OCI_SOURCE_DOCKER_DAEMON },
};

/* What comes behind the prefix; NULL: there is none. */
static const char *skip_prefix(const char *text, enum oci_source *source)
{
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		size_t length = strlen(prefixes[i].prefix);

		if (strncmp(text, prefixes[i].prefix, length) != 0)
			continue;
		*source = prefixes[i].source;
		return text + length;
	}
	return NULL;
}

bool ref_source_begins(const char *text)
{
	enum oci_source source;

	return skip_prefix(text, &source) != NULL;
}

static int refuse(struct err *err, const char *text, const char *why)
{
	return err_set(err, FAULT_INPUT, "image '%.200s': %s", text, why);
}

/* A name of the store is JSON, and is shown on terminals. */
static bool is_plain(const char *text)
{
	SCOPED_JSON json_t *json = json_string(text);

	if (!json)
		return false;
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static int parse_path(struct oci_ref *ref, const char *rest, const char *text,
		      struct err *err)
{
	const char *colon = strchr(rest, ':');

	if (*rest == '\0' || *rest == ':')
		return refuse(err, text, "it has no path");
	if (colon && colon[1] == '\0')
		return refuse(err, text, "nothing stands behind the last ':'");
	ref->path =
		colon ? xstrndup(rest, (size_t)(colon - rest)) : xstrdup(rest);
	ref->image = colon ? xstrdup(colon + 1) : NULL;
	ref->name = xstrdup(text);
	return 0;
}

/* The daemon takes a name without a tag for all of the repository. */
static int parse_daemon(struct oci_ref *ref, const char *rest, struct err *err)
{
	SCOPED(oci_ref) image = { 0 };
	struct digest digest;

	if (digest_parse(&digest, rest)) {
		ref->image = xstrdup(rest);
	} else {
		if (oci_ref_parse_remote(&image, rest, err) < 0)
			return -1;
		ref->image = xasprintf(
			"%s%s", image.name,
			image.tag || image.has_digest ? "" : ":latest");
	}
	ref->name = xasprintf("docker-daemon:%s", ref->image);
	return 0;
}

int ref_source_parse(struct oci_ref *ref, const char *text, struct err *err)
{
	const char *rest = skip_prefix(text, &ref->source);
	int result;

	if (!rest || !is_plain(text))
		return refuse(err, text, "it is no plain UTF-8 text");
	if (ref->source == OCI_SOURCE_DOCKER_DAEMON)
		result = parse_daemon(ref, rest, err);
	else
		result = parse_path(ref, rest, text, err);
	if (result < 0)
		oci_ref_release(ref);
	return result;
}

int oci_ref_parse_remote(struct oci_ref *ref, const char *text, struct err *err)
{
	if (oci_ref_parse(ref, text, err) < 0)
		return -1;
	if (ref->source == OCI_SOURCE_REGISTRY)
		return 0;
	oci_ref_release(ref);
	return refuse(
		err, text,
		"an image on this machine; a name at a registry is wanted here");
}
