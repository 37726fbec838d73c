/* SPDX-License-Identifier: Apache-2.0 */
/* Images in the store. */
#include "cmd/lib/oci/image.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/internal.h"
#include "cmd/lib/oci/manifest.h"
#include "cmd/lib/oci/platform.h"
#include "cmd/lib/oci/ref.h"

void oci_image_release(struct oci_image *image)
{
	json_decref(image->config);
	for (size_t i = 0; i < image->layer_count; i++)
		oci_descriptor_release(&image->layers[i]);
	free(image->layers);
	oci_descriptor_release(&image->manifest_blob);
	oci_descriptor_release(&image->config_blob);
	oci_attestations_release(&image->attestations);
	*image = (struct oci_image){ 0 };
}

/* Loads a manifest when it is there; `*found` says so. */
static int load_manifest(struct oci_manifest *manifest, struct oci_store *store,
			 const struct oci_descriptor *descriptor, bool *found,
			 struct err *err)
{
	SCOPED(buf) text = { 0 };
	char name[DIGEST_TEXT_SIZE];

	*found = oci_store_has(store, descriptor);
	if (!*found)
		return 0;
	if (oci_store_load(store, descriptor, OCI_MANIFEST_MAX, &text, err) < 0)
		return -1;
	return oci_manifest_parse(manifest, &text, descriptor->media_type,
				  digest_text(&descriptor->digest, name), err);
}

static int check_platform(const json_t *config, const char *arch,
			  struct err *err)
{
	const struct oci_made_for made = {
		.os = json_text(config, "os"),
		.arch = json_text(config, "architecture"),
		.variant = json_text(config, "variant"),
	};
	SCOPED(oci_platform) platform = { 0 };

	if (!made.os || !made.arch)
		return err_set(err, FAULT_INPUT,
			       "its config does not tell os and architecture");
	if (oci_platform_parse(&platform, arch, err) < 0)
		return -1;
	if (oci_platform_rank(&platform, &made) > 0)
		return 0;
	return err_set(err, FAULT_INPUT,
		       "made for %.40s/%.40s%s%.40s, not for linux/%s", made.os,
		       made.arch, made.variant ? "/" : "",
		       made.variant ? made.variant : "", arch);
}

static int load_config(struct oci_image *image, struct oci_store *store,
		       const struct oci_descriptor *descriptor, bool *found,
		       struct err *err)
{
	SCOPED(buf) text = { 0 };

	*found = oci_store_has(store, descriptor);
	if (!*found)
		return 0;
	if (oci_store_load(store, descriptor, OCI_CONFIG_MAX, &text, err) < 0 ||
	    json_parse(&image->config, buf_text(&text), text.size, "config",
		       err) < 0)
		return -1;
	if (!json_is_object(image->config))
		return err_set(err, FAULT_INPUT, "its config is no object");
	return 0;
}

static int load_platform(struct oci_image *image, struct oci_store *store,
			 const struct oci_descriptor *descriptor, bool *found,
			 struct err *err)
{
	SCOPED(oci_manifest) manifest = { 0 };

	if (load_manifest(&manifest, store, descriptor, found, err) < 0)
		return -1;
	if (!*found)
		return 0;
	if (manifest.is_index)
		return err_set(err, FAULT_INPUT, "an index within an index");
	if (manifest.is_attestation)
		return err_set(err, FAULT_INPUT,
			       "statements about an image, not an image");
	if (load_config(image, store, &manifest.config, found, err) < 0)
		return -1;
	image->manifest_digest = descriptor->digest;
	oci_descriptor_copy(&image->manifest_blob, descriptor);
	oci_descriptor_copy(&image->config_blob, &manifest.config);
	image->layers = TAKE(manifest.layers);
	image->layer_count = manifest.layer_count;
	manifest.layer_count = 0;
	return 0;
}

int oci_image_load_root(struct oci_image *image,
			const struct oci_wanted *wanted,
			const struct oci_descriptor *root, bool *found,
			struct err *err)
{
	const struct oci_descriptor *chosen = root;
	SCOPED(oci_manifest) index = { 0 };

	if (oci_type_is_index(root->media_type)) {
		if (load_manifest(&index, wanted->store, root, found, err) < 0)
			return -1;
		if (!*found)
			return 0;
		if (oci_manifest_choose(&index, wanted->arch, &chosen, err) < 0)
			return -1;
		oci_attestations_add(&image->attestations, &index,
				     &chosen->digest);
	}
	if (load_platform(image, wanted->store, chosen, found, err) < 0)
		return -1;
	return *found ? check_platform(image->config, wanted->arch, err) : 0;
}

static int find_root(struct oci_store *store, const struct oci_ref *ref,
		     bool *found, struct oci_descriptor *root, struct err *err)
{
	if (oci_store_find(store, ref->name, found, root, err) < 0)
		return -1;
	if (*found && ref->has_digest &&
	    !digest_equal(&root->digest, &ref->digest))
		return err_set(
			err, FAULT_TRUST,
			"the cache %s holds other content under this name",
			oci_store_path(store));
	return 0;
}

int oci_image_load(struct oci_image *image, struct oci_store *store,
		   const char *name, const char *arch, struct err *err)
{
	const struct oci_wanted wanted = { .store = store, .arch = arch };
	SCOPED(oci_ref) ref = { 0 };
	SCOPED(oci_descriptor) root = { 0 };
	bool found = false;
	int result;

	*image = (struct oci_image){ 0 };
	if (oci_ref_parse(&ref, name, err) < 0)
		return -1;
	result = find_root(store, &ref, &found, &root, err);
	if (result == 0 && found)
		result =
			oci_image_load_root(image, &wanted, &root, &found, err);
	if (result < 0 || !found)
		oci_image_release(image);
	return result < 0 ? err_wrap(err, "image %s", ref.name) : 0;
}

json_t *oci_manifest_make(const struct oci_descriptor *config,
			  const struct oci_descriptor *layers,
			  size_t layer_count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < layer_count; i++)
		json_array_append_new(list, oci_descriptor_json(&layers[i]));
	return json_pack("{s:i, s:s, s:o, s:o}", "schemaVersion", 2,
			 "mediaType", OCI_TYPE_MANIFEST, "config",
			 oci_descriptor_json(config), "layers", list);
}

static int save_json(struct oci_store *store, const char *media_type,
		     const json_t *json, struct oci_descriptor *descriptor,
		     struct err *err)
{
	SCOPED(buf) text = { 0 };

	json_write_compact(&text, json);
	return oci_store_save(store, media_type, &text, descriptor, err);
}

int oci_image_write(struct oci_store *store, const char *name,
		    struct oci_image *image, struct err *err)
{
	SCOPED(oci_descriptor) config = { 0 };
	SCOPED(oci_descriptor) manifest = { 0 };
	SCOPED(oci_ref) ref = { 0 };
	SCOPED_JSON json_t *json = NULL;

	if (oci_ref_parse(&ref, name, err) < 0 ||
	    save_json(store, OCI_TYPE_CONFIG, image->config, &config, err) < 0)
		return -1;
	json = oci_manifest_make(&config, image->layers, image->layer_count);
	if (save_json(store, OCI_TYPE_MANIFEST, json, &manifest, err) < 0 ||
	    oci_store_put(store, ref.name, &manifest, err) < 0)
		return -1;
	image->manifest_digest = manifest.digest;
	return 0;
}
