/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.json of an archive of `docker save`. */
#include "cmd/lib/oci/docker_archive.h"

#include <string.h>

#include "cmd/lib/base/json.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/manifest.h"
#include "cmd/lib/oci/ref.h"

#define IMAGES_MAX 1024
#define NAMES_MAX 1024
#define PATH_LENGTH_MAX 1024

void docker_archive_release(struct docker_archive *archive)
{
	for (size_t i = 0; i < archive->count; i++) {
		free(archive->images[i].config);
		strv_release(&archive->images[i].layers);
		strv_release(&archive->images[i].names);
	}
	free(archive->images);
	*archive = (struct docker_archive){ 0 };
}

static bool is_inside(const char *path)
{
	size_t length = strlen(path);

	if (length == 0 || length > PATH_LENGTH_MAX || *path == '/')
		return false;
	for (const char *part = path;;) {
		size_t size = strcspn(part, "/");

		if (size == 0 || (size == 1 && *part == '.') ||
		    (size == 2 && strncmp(part, "..", 2) == 0))
			return false;
		if (part[size] == '\0')
			return true;
		part += size + 1;
	}
}

static int check_member(const char *path, const char *file, struct err *err)
{
	if (path && is_inside(path))
		return 0;
	return err_set(err, FAULT_INPUT,
		       "%s: manifest.json: '%.200s' is no name of a member",
		       file, path ? path : "");
}

static int parse_layers(struct docker_image *image, const json_t *list,
			const char *file, struct err *err)
{
	if (!json_is_array(list) || json_array_size(list) > OCI_LAYERS_MAX)
		return err_set(err, FAULT_INPUT,
			       "%s: manifest.json: no list of up to %d layers",
			       file, OCI_LAYERS_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *path = json_string_value(json_array_get(list, i));

		if (check_member(path, file, err) < 0)
			return -1;
		strv_add(&image->layers, path);
	}
	return 0;
}

static bool is_taken(const struct docker_archive *archive, const char *name)
{
	for (size_t i = 0; i < archive->count; i++)
		if (strv_has(&archive->images[i].names, name))
			return true;
	return false;
}

/* A name in full, with its tag. NULL when it is none; the caller frees. */
static char *whole_name(const char *text)
{
	SCOPED(oci_ref) ref = { 0 };
	SCOPED(err) ignored = { 0 };

	if (!text || oci_ref_parse_remote(&ref, text, &ignored) < 0)
		return NULL;
	return xasprintf("%s%s", ref.name,
			 ref.tag || ref.has_digest ? "" : ":latest");
}

static int parse_names(struct docker_archive *archive,
		       struct docker_image *image, const json_t *list,
		       const char *file, struct err *err)
{
	if (json_array_size(list) > NAMES_MAX)
		return err_set(err, FAULT_INPUT,
			       "%s: manifest.json: more than %d names", file,
			       NAMES_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));
		SCOPED_FREE char *name = whole_name(text);

		if (!name)
			return err_set(
				err, FAULT_INPUT,
				"%s: manifest.json: '%.200s' is no name of an image",
				file, text ? text : "");
		if (is_taken(archive, name))
			return err_set(
				err, FAULT_INPUT,
				"%s: manifest.json: %s is the name of two images",
				file, name);
		strv_add(&image->names, name);
	}
	return 0;
}

static int parse_image(struct docker_archive *archive, const json_t *json,
		       const char *file, struct err *err)
{
	struct docker_image *image = &archive->images[archive->count];
	const char *config = json_text(json, "Config");
	int result;

	if (check_member(config, file, err) < 0)
		return -1;
	image->config = xstrdup(config);
	/* Its names are compared with those of the images before it. */
	result = parse_names(archive, image, json_object_get(json, "RepoTags"),
			     file, err);
	archive->count++;
	if (result < 0)
		return -1;
	return parse_layers(image, json_object_get(json, "Layers"), file, err);
}

int docker_archive_parse(struct docker_archive *archive, const struct buf *text,
			 const char *file, struct err *err)
{
	SCOPED_JSON json_t *list = NULL;
	size_t count;

	if (json_parse(&list, buf_text(text), text->size, "manifest.json",
		       err) < 0)
		return err_wrap(err, "%s", file);
	count = json_array_size(list);
	if (count == 0 || count > IMAGES_MAX)
		return err_set(err, FAULT_INPUT,
			       "%s: manifest.json: no list of up to %d images",
			       file, IMAGES_MAX);
	archive->images = xcalloc(count, sizeof(*archive->images));
	for (size_t i = 0; i < count; i++)
		if (parse_image(archive, json_array_get(list, i), file, err) <
		    0)
			return -1;
	return 0;
}

int docker_archive_choose(const struct docker_archive *archive,
			  const char *file, const char *name,
			  const struct docker_image **image, struct err *err)
{
	SCOPED_FREE char *whole = whole_name(name);
	SCOPED(buf) names = { 0 };

	if (!name && archive->count == 1) {
		*image = &archive->images[0];
		return 0;
	}
	for (size_t i = 0; i < archive->count; i++) {
		const struct strv *known = &archive->images[i].names;

		if (whole && strv_has(known, whole)) {
			*image = &archive->images[i];
			return 0;
		}
		for (size_t n = 0; n < known->count && names.size < 500; n++)
			buf_add_fmt(&names, "%s%s", names.size ? ", " : "",
				    known->items[n]);
	}
	return err_set(err, FAULT_INPUT, "%s: %s; there is %s", file,
		       name ? "no such image"
			    : "several images; write PATH:NAME",
		       names.size ? buf_text(&names) : "no name in it");
}
