/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images from archives of `docker save`. Their layers have no digests of their
 * own; the config tells those of the unpacked ones (image-spec, config.md,
 * rootfs.diff_ids), and its own digest is the image's id.
 */
#include "cmd/lib/oci/source_internal.h"

#include <string.h>

#include "cmd/lib/base/json.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/docker_archive.h"
#include "cmd/lib/oci/internal.h"

#define LAYER_MAX_BYTES ((uint64_t)64 << 30)
#define CHUNK_BYTES ((size_t)128 << 10)

/* One image on its way. */
struct work {
	const struct bring *bring;
	int fd;
	const char *file;
	struct docker_archive archive;
	const struct docker_image *image; /* of the archive */
	struct buf config_text;
	struct digest *ids; /* owned; of each layer, unpacked */
	struct oci_descriptor config;
	struct oci_descriptor *layers; /* owned; no media type: not found yet */
};

static void work_release(struct work *work)
{
	size_t count = work->image ? work->image->layers.count : 0;

	for (size_t i = 0; work->layers && i < count; i++)
		oci_descriptor_release(&work->layers[i]);
	free(work->layers);
	free(work->ids);
	oci_descriptor_release(&work->config);
	buf_release(&work->config_text);
	docker_archive_release(&work->archive);
}

/* One small member, whole. */
static int load_member(const struct work *work, const char *path,
		       struct buf *content, struct err *err)
{
	SCOPED_TAR_FILE struct tar_file *tar = NULL;
	struct tar_member member;
	bool found = false;

	if (tar_file_open(&tar, work->fd, work->file, err) < 0)
		return -1;
	for (;;) {
		if (tar_file_next(tar, &member, err) < 0)
			return -1;
		if (!member.path)
			break;
		if (strcmp(member.path, path) != 0)
			continue;
		if (found || !member.is_regular)
			return err_set(err, FAULT_INPUT,
				       "%s: %s is in it twice, or is a link",
				       work->file, path);
		found = true;
		if (tar_file_load(tar, path, content, err) < 0)
			return -1;
	}
	if (!found)
		return err_set(
			err, FAULT_INPUT,
			"%s: no archive of docker save: there is no %s in it",
			work->file, path);
	return 0;
}

/* Docker calls it HEX.json or blobs/sha256/HEX. */
static int check_config_name(const struct work *work,
			     const struct digest *found, struct err *err)
{
	const char *slash = strrchr(work->image->config, '/');
	const char *base = slash ? slash + 1 : work->image->config;
	SCOPED_FREE char *text =
		xasprintf("sha256:%.*s", (int)strcspn(base, "."), base);
	struct digest said;

	if (!digest_parse(&said, text) || digest_equal(&said, found))
		return 0;
	return err_set(err, FAULT_TRUST,
		       "%s: %s has another digest than its name says",
		       work->file, work->image->config);
}

static int read_ids(struct work *work, struct err *err)
{
	SCOPED_JSON json_t *json = NULL;
	size_t count = work->image->layers.count;
	const json_t *list;

	if (json_parse(&json, buf_text(&work->config_text),
		       work->config_text.size, work->image->config, err) < 0)
		return err_wrap(err, "%s", work->file);
	list = json_object_get(json_object_get(json, "rootfs"), "diff_ids");
	if (json_array_size(list) != count)
		return err_set(
			err, FAULT_INPUT,
			"%s: its config tells of %zu layers, its manifest.json of %zu",
			work->file, json_array_size(list), count);
	work->ids = xcalloc(count + 1, sizeof(*work->ids));
	for (size_t i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (!text || !digest_parse(&work->ids[i], text))
			return err_set(
				err, FAULT_INPUT,
				"%s: its config: '%.100s' is not a sha256 digest",
				work->file, text ? text : "");
	}
	return 0;
}

/* An archive of an image by id or digest tells no name. */
static const char *wanted_name(const struct oci_ref *ref)
{
	bool is_id = ref->source == OCI_SOURCE_DOCKER_DAEMON &&
		     (strchr(ref->image, '@') ||
		      strncmp(ref->image, "sha256:", 7) == 0);

	return is_id ? NULL : ref->image;
}

static int read_config(struct work *work, struct err *err)
{
	SCOPED(buf) manifest = { .max_bytes = OCI_MANIFEST_MAX };
	struct digest digest;

	if (load_member(work, "manifest.json", &manifest, err) < 0 ||
	    docker_archive_parse(&work->archive, &manifest, work->file, err) <
		    0 ||
	    docker_archive_choose(&work->archive, work->file,
				  wanted_name(work->bring->ref), &work->image,
				  err) < 0)
		return -1;
	work->config_text.max_bytes = OCI_CONFIG_MAX;
	if (load_member(work, work->image->config, &work->config_text, err) < 0)
		return -1;
	digest =
		sha256_of(buf_text(&work->config_text), work->config_text.size);
	if (check_config_name(work, &digest, err) < 0)
		return -1;
	work->config = (struct oci_descriptor){
		.media_type = xstrdup(OCI_TYPE_CONFIG),
		.digest = digest,
		.size_bytes = work->config_text.size,
	};
	return read_ids(work, err);
}

/* What a packed layer unpacks to, and how it is packed. */
static int unpacked_digest(struct oci_store *store,
			   const struct oci_descriptor *blob,
			   struct digest *digest, struct err *err)
{
	SCOPED_READER struct reader *packed = NULL;
	SCOPED_READER struct reader *plain = NULL;
	SCOPED_FREE char *chunk = xmalloc(CHUNK_BYTES);
	SCOPED(sha256) hash = { 0 };
	size_t got;

	if (oci_store_read(store, blob, &packed, err) < 0)
		return -1;
	plain = reader_inflated(packed, LAYER_MAX_BYTES);
	sha256_start(&hash);
	do {
		if (reader_read(plain, chunk, CHUNK_BYTES, &got, err) < 0)
			return -1;
		sha256_add(&hash, chunk, got);
	} while (got > 0);
	*digest = sha256_finish(&hash);
	return 0;
}

static const char *layer_type(struct oci_store *store,
			      const struct oci_descriptor *blob,
			      struct err *err)
{
	static const unsigned char gzip[] = { 0x1f, 0x8b };
	static const unsigned char zstd[] = { 0x28, 0xb5, 0x2f, 0xfd };
	SCOPED_READER struct reader *reader = NULL;
	unsigned char magic[4] = { 0 };
	size_t got;

	if (oci_store_read(store, blob, &reader, err) < 0 ||
	    reader_read(reader, magic, sizeof(magic), &got, err) < 0)
		return NULL;
	if (memcmp(magic, gzip, sizeof(gzip)) == 0)
		return OCI_TYPE_LAYER_GZIP;
	return memcmp(magic, zstd, sizeof(zstd)) == 0 ? OCI_TYPE_LAYER_ZSTD
						      : OCI_TYPE_LAYER_TAR;
}

/* Is the blob the layer of that id, plain or packed? Sets its type. */
static int identify(const struct work *work, struct oci_descriptor *blob,
		    const struct digest *id, const char *path, struct err *err)
{
	const char *type = OCI_TYPE_LAYER_TAR;
	char wanted[DIGEST_TEXT_SIZE];
	struct digest unpacked = blob->digest;

	if (!digest_equal(&blob->digest, id)) {
		type = layer_type(work->bring->store, blob, err);
		if (!type || unpacked_digest(work->bring->store, blob,
					     &unpacked, err) < 0)
			return err_wrap(err, "%s: %s", work->file, path);
	}
	if (!digest_equal(&unpacked, id))
		return err_set(
			err, FAULT_TRUST,
			"%s: %s is not the layer %s of which its config speaks",
			work->file, path, digest_text(id, wanted));
	blob->media_type = xstrdup(type);
	return 0;
}

static int take_layer(struct work *work, struct tar_file *tar,
		      const struct tar_member *member, size_t layer,
		      struct err *err)
{
	struct oci_store *store = work->bring->store;
	struct oci_descriptor *blob = &work->layers[layer];
	SCOPED(oci_blob_writer) writer = { 0 };

	*blob = (struct oci_descriptor){
		.digest = work->ids[layer],
		.size_bytes = member->size_bytes,
	};
	if (!member->is_regular)
		return err_set(err, FAULT_INPUT, "%s: %s is no regular file",
			       work->file, member->path);
	if (!bring_has(store, blob) &&
	    (oci_blob_writer_start(&writer, store, err) < 0 ||
	     tar_file_copy(tar, writer.stream, err) < 0 ||
	     oci_blob_writer_commit(&writer, NULL, blob, err) < 0))
		return -1;
	return identify(work, blob, &work->ids[layer], member->path, err);
}

/* One member may be several layers: they are the same then. */
static int repeat_layer(struct work *work, size_t first, const char *path,
			struct err *err)
{
	for (size_t i = first + 1; i < work->image->layers.count; i++) {
		if (strcmp(work->image->layers.items[i], path) != 0)
			continue;
		if (!digest_equal(&work->ids[i], &work->ids[first]))
			return err_set(
				err, FAULT_TRUST,
				"%s: %s stands for two layers of which its config speaks",
				work->file, path);
		oci_descriptor_copy(&work->layers[i], &work->layers[first]);
	}
	return 0;
}

static int take_member(struct work *work, struct tar_file *tar,
		       const struct tar_member *member, struct err *err)
{
	const struct strv *layers = &work->image->layers;

	for (size_t i = 0; i < layers->count; i++) {
		if (strcmp(layers->items[i], member->path) != 0)
			continue;
		if (work->layers[i].media_type)
			return err_set(err, FAULT_INPUT,
				       "%s: %s is in it twice", work->file,
				       member->path);
		if (take_layer(work, tar, member, i, err) < 0)
			return -1;
		return repeat_layer(work, i, layers->items[i], err);
	}
	return 0;
}

static int take_layers(struct work *work, struct err *err)
{
	const struct strv *layers = &work->image->layers;
	SCOPED_TAR_FILE struct tar_file *tar = NULL;
	struct tar_member member;

	work->layers = xcalloc(layers->count + 1, sizeof(*work->layers));
	if (tar_file_open(&tar, work->fd, work->file, err) < 0)
		return -1;
	for (;;) {
		if (tar_file_next(tar, &member, err) < 0)
			return -1;
		if (!member.path)
			break;
		if (take_member(work, tar, &member, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < layers->count; i++)
		if (!work->layers[i].media_type)
			return err_set(err, FAULT_INPUT,
				       "%s: its layer %s is not in it",
				       work->file, layers->items[i]);
	return 0;
}

static int save_image(struct work *work, struct err *err)
{
	struct oci_store *store = work->bring->store;
	SCOPED(oci_descriptor) config = { 0 };
	SCOPED_JSON json_t *json = NULL;
	SCOPED(buf) text = { 0 };

	if (oci_store_save(store, OCI_TYPE_CONFIG, &work->config_text, &config,
			   err) < 0)
		return -1;
	json = oci_manifest_make(&config, work->layers,
				 work->image->layers.count);
	json_write_compact(&text, json);
	return oci_store_save(store, OCI_TYPE_MANIFEST, &text,
			      work->bring->root, err);
}

int docker_archive_bring(const struct bring *bring, int fd, const char *file,
			 struct err *err)
{
	SCOPED(work) work = { .bring = bring, .fd = fd, .file = file };
	char id[DIGEST_TEXT_SIZE];
	bool known;

	if (read_config(&work, err) < 0)
		return -1;
	digest_text(&work.config.digest, id);
	if (bring_is_known(bring, id, &known, err) < 0)
		return -1;
	if (known)
		return 0;
	if (take_layers(&work, err) < 0)
		return -1;
	return save_image(&work, err);
}
