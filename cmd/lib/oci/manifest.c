/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests and indexes of images. */
#include "cmd/lib/oci/manifest.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/platform.h"

bool oci_type_is_index(const char *media_type)
{
	return strcmp(media_type, OCI_TYPE_INDEX) == 0 ||
	       strcmp(media_type, DOCKER_TYPE_LIST) == 0;
}

bool oci_type_is_manifest(const char *media_type)
{
	return strcmp(media_type, OCI_TYPE_MANIFEST) == 0 ||
	       strcmp(media_type, DOCKER_TYPE_MANIFEST) == 0;
}

static bool is_layer_type(const char *media_type)
{
	static const char *const types[] = {
		OCI_TYPE_LAYER_GZIP,
		OCI_TYPE_LAYER_ZSTD,
		OCI_TYPE_LAYER_TAR,
		"application/vnd.docker.image.rootfs.diff.tar.gzip",
		"application/vnd.docker.image.rootfs.diff.tar.zstd",
		"application/vnd.docker.image.rootfs.diff.tar",
	};

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (strcmp(media_type, types[i]) == 0)
			return true;
	return false;
}

/* An attestation has nothing to configure, and newer ones say so. */
static bool is_config_type(const char *media_type, bool is_attestation)
{
	return strcmp(media_type, OCI_TYPE_CONFIG) == 0 ||
	       strcmp(media_type,
		      "application/vnd.docker.container.image.v1+json") == 0 ||
	       (is_attestation &&
		strcmp(media_type, "application/vnd.oci.empty.v1+json") == 0);
}

void oci_manifest_release(struct oci_manifest *manifest)
{
	oci_descriptor_release(&manifest->config);
	for (size_t i = 0; i < manifest->layer_count; i++) {
		oci_descriptor_release(&manifest->layers[i]);
		free(manifest->predicates[i]);
	}
	for (size_t i = 0; i < manifest->entry_count; i++) {
		oci_descriptor_release(&manifest->entries[i].descriptor);
		free(manifest->entries[i].os);
		free(manifest->entries[i].arch);
		free(manifest->entries[i].variant);
	}
	free(manifest->layers);
	free(manifest->predicates);
	free(manifest->entries);
	*manifest = (struct oci_manifest){ 0 };
}

static int check_layer(const struct oci_descriptor *layer, const char *name,
		       struct err *err)
{
	if (strstr(layer->media_type, "nondistributable") ||
	    strstr(layer->media_type, "foreign"))
		return err_set(
			err, FAULT_INPUT,
			"%s is kept outside the registry (%.100s), which is not supported",
			name, layer->media_type);
	if (!is_layer_type(layer->media_type))
		return err_set(err, FAULT_INPUT,
			       "%s is no file system layer but '%.100s'", name,
			       layer->media_type);
	return 0;
}

static char *copy_text(const json_t *object, const char *key)
{
	const char *text = json_text(object, key);

	return text ? xstrdup(text) : NULL;
}

static bool is_statement_type(const char *media_type)
{
	return strcmp(media_type, OCI_TYPE_STATEMENT) == 0 ||
	       strcmp(media_type, OCI_TYPE_SIGNING) == 0;
}

/* Statements stand alone: beside a file system layer one is no layer. */
static bool are_statements(const json_t *layers)
{
	for (size_t i = 0; i < json_array_size(layers); i++) {
		const char *type =
			json_text(json_array_get(layers, i), "mediaType");

		if (!type || !is_statement_type(type))
			return false;
	}
	return json_array_size(layers) > 0;
}

static int parse_layers(struct oci_manifest *manifest, const json_t *layers,
			const char *name, struct err *err)
{
	size_t count = json_array_size(layers);

	if (count > OCI_LAYERS_MAX)
		return err_set(err, FAULT_INPUT,
			       "%s: %zu layers; at most %d are read", name,
			       count, OCI_LAYERS_MAX);
	manifest->layers = xcalloc(count + 1, sizeof(*manifest->layers));
	manifest->predicates =
		xcalloc(count + 1, sizeof(*manifest->predicates));
	for (size_t i = 0; i < count; i++) {
		SCOPED_FREE char *what =
			xasprintf("%s: layer %zu", name, i + 1);
		struct oci_descriptor *layer = &manifest->layers[i];
		const json_t *item = json_array_get(layers, i);

		if (oci_descriptor_parse(layer, item, what, err) < 0)
			return -1;
		manifest->layer_count++;
		manifest->predicates[i] =
			copy_text(json_object_get(item, "annotations"),
				  "in-toto.io/predicate-type");
		if (!manifest->is_attestation &&
		    check_layer(layer, what, err) < 0)
			return -1;
	}
	return 0;
}

static int parse_image(struct oci_manifest *manifest, const json_t *json,
		       const char *name, struct err *err)
{
	SCOPED_FREE char *what = xasprintf("%s: config", name);
	const json_t *layers = json_object_get(json, "layers");

	manifest->is_attestation = are_statements(layers);
	if (oci_descriptor_parse(&manifest->config,
				 json_object_get(json, "config"), what,
				 err) < 0)
		return -1;
	if (!is_config_type(manifest->config.media_type,
			    manifest->is_attestation))
		return err_set(
			err, FAULT_INPUT,
			"%s: not the image of a root file system but '%.100s'",
			name, manifest->config.media_type);
	return parse_layers(manifest, layers, name, err);
}

static void parse_attested(struct oci_entry *entry, const json_t *item)
{
	const json_t *notes = json_object_get(item, "annotations");
	const char *type = json_text(notes, "vnd.docker.reference.type");
	const char *digest = json_text(notes, "vnd.docker.reference.digest");

	entry->is_attestation = type && digest &&
				strcmp(type, "attestation-manifest") == 0 &&
				digest_parse(&entry->attested, digest);
}

static int parse_index(struct oci_manifest *manifest, const json_t *json,
		       const char *name, struct err *err)
{
	const json_t *entries = json_object_get(json, "manifests");
	size_t count = json_array_size(entries);

	manifest->is_index = true;
	if (count > OCI_ENTRIES_MAX)
		return err_set(err, FAULT_INPUT,
			       "%s: %zu images; at most %d are read", name,
			       count, OCI_ENTRIES_MAX);
	manifest->entries = xcalloc(count + 1, sizeof(*manifest->entries));
	for (size_t i = 0; i < count; i++) {
		SCOPED_FREE char *what =
			xasprintf("%s: image %zu", name, i + 1);
		const json_t *item = json_array_get(entries, i);
		const json_t *platform = json_object_get(item, "platform");
		struct oci_entry *entry = &manifest->entries[i];

		if (oci_descriptor_parse(&entry->descriptor, item, what, err) <
		    0)
			return -1;
		entry->os = copy_text(platform, "os");
		entry->arch = copy_text(platform, "architecture");
		entry->variant = copy_text(platform, "variant");
		parse_attested(entry, item);
		manifest->entry_count++;
	}
	return 0;
}

/* A text that can be read both ways lets two tools see two images. */
static int check_kind(const json_t *json, const char *media_type,
		      const char *name, struct err *err)
{
	const char *said = json_text(json, "mediaType");
	bool index = oci_type_is_index(media_type);

	if (!index && !oci_type_is_manifest(media_type))
		return err_set(err, FAULT_INPUT,
			       "%s: '%.100s' is no image that can be read",
			       name, media_type);
	if (said && strcmp(said, media_type) != 0)
		return err_set(
			err, FAULT_INPUT,
			"%s: says it is '%.100s', but is offered as '%.100s'",
			name, said, media_type);
	if (json_object_get(json, index ? "layers" : "manifests") ||
	    (index && json_object_get(json, "config")))
		return err_set(err, FAULT_INPUT,
			       "%s: is both an index and a manifest", name);
	if (json_integer_value(json_object_get(json, "schemaVersion")) != 2)
		return err_set(err, FAULT_INPUT, "%s: schemaVersion is not 2",
			       name);
	if (!json_is_array(
		    json_object_get(json, index ? "manifests" : "layers")))
		return err_set(err, FAULT_INPUT, "%s: has no list of %s", name,
			       index ? "manifests" : "layers");
	return 0;
}

int oci_manifest_parse(struct oci_manifest *manifest, const struct buf *text,
		       const char *media_type, const char *name,
		       struct err *err)
{
	SCOPED_JSON json_t *json = NULL;
	int result;

	*manifest = (struct oci_manifest){ 0 };
	if (json_parse(&json, buf_text(text), text->size, name, err) < 0 ||
	    check_kind(json, media_type, name, err) < 0)
		return -1;
	if (oci_type_is_index(media_type))
		result = parse_index(manifest, json, name, err);
	else
		result = parse_image(manifest, json, name, err);
	if (result < 0)
		oci_manifest_release(manifest);
	return result;
}

static bool entry_is(const struct oci_entry *entry, const char *os,
		     const char *arch)
{
	return entry->os && entry->arch && strcmp(entry->os, os) == 0 &&
	       strcmp(entry->arch, arch) == 0;
}

/* Attestations are listed as unknown/unknown: not worth telling. */
static int say_what_there_is(const struct oci_manifest *index, const char *arch,
			     struct err *err)
{
	SCOPED(buf) list = { 0 };

	for (size_t i = 0; i < index->entry_count; i++) {
		const struct oci_entry *entry = &index->entries[i];

		if (!entry->os || !entry->arch ||
		    entry_is(entry, "unknown", "unknown"))
			continue;
		buf_add_fmt(&list, "%s%.40s/%.40s", list.size ? ", " : "",
			    entry->os, entry->arch);
		if (entry->variant)
			buf_add_fmt(&list, "/%.40s", entry->variant);
	}
	return err_set(err, FAULT_INPUT, "not made for linux/%s; there is %s",
		       arch, list.size ? buf_text(&list) : "nothing in it");
}

static unsigned rank_entry(const struct oci_platform *platform,
			   const struct oci_entry *entry)
{
	const struct oci_made_for made = { entry->os, entry->arch,
					   entry->variant };

	if (!oci_type_is_manifest(entry->descriptor.media_type))
		return 0;
	return oci_platform_rank(platform, &made);
}

int oci_manifest_choose(const struct oci_manifest *index, const char *arch,
			const struct oci_descriptor **descriptor,
			struct err *err)
{
	const struct oci_descriptor *silent = NULL;
	SCOPED(oci_platform) platform = { 0 };
	unsigned best = 0;

	if (oci_platform_parse(&platform, arch, err) < 0)
		return -1;
	for (size_t i = 0; i < index->entry_count; i++) {
		const struct oci_entry *entry = &index->entries[i];
		unsigned rank = rank_entry(&platform, entry);

		if (rank > best) {
			best = rank;
			*descriptor = &entry->descriptor;
		}
		if (!silent && !entry->os && !entry->arch &&
		    oci_type_is_manifest(entry->descriptor.media_type))
			silent = &entry->descriptor;
	}
	if (best > 0)
		return 0;
	if (!silent)
		return say_what_there_is(index, arch, err);
	*descriptor = silent;
	return 0;
}
