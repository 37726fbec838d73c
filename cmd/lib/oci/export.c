/* SPDX-License-Identifier: Apache-2.0 */
/* Images as single files: writing. */
#include "cmd/lib/oci/archive.h"

#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/internal.h"
#include "cmd/lib/oci/ref.h"

#define COPY_BYTES ((size_t)256 << 10)

/* An archive on its way. */
struct pack {
	const struct oci_export *export;
	struct archive *tar;
};

static void pack_release(struct pack *pack)
{
	archive_write_free(pack->tar);
}

static int tar_failed(const struct pack *pack, struct err *err)
{
	const char *text = pack->tar ? archive_error_string(pack->tar) : NULL;

	return err_set(err, FAULT_SYSTEM, "write the archive: %s",
		       text ? text : "libarchive fails");
}

/* No owner, no time: the bytes depend on the image alone. */
static int put_header(const struct pack *pack, const char *path,
		      uint64_t size_bytes, struct err *err)
{
	struct archive_entry *entry = archive_entry_new();
	bool directory = path[strlen(path) - 1] == '/';
	int result;

	if (!entry)
		return tar_failed(pack, err);
	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, directory ? AE_IFDIR : AE_IFREG);
	archive_entry_set_perm(entry, directory ? 0755 : 0644);
	archive_entry_set_mtime(entry, 0, 0);
	archive_entry_set_size(entry, (la_int64_t)size_bytes);
	result = archive_write_header(pack->tar, entry);
	archive_entry_free(entry);
	return result == ARCHIVE_OK ? 0 : tar_failed(pack, err);
}

static int put_data(const struct pack *pack, const void *data, size_t size,
		    struct err *err)
{
	if (archive_write_data(pack->tar, data, size) != (la_ssize_t)size)
		return tar_failed(pack, err);
	return 0;
}

static int put_text(const struct pack *pack, const char *path, const char *text,
		    struct err *err)
{
	if (put_header(pack, path, strlen(text), err) < 0)
		return -1;
	return put_data(pack, text, strlen(text), err);
}

static int put_json(const struct pack *pack, const char *path, json_t *json,
		    struct err *err)
{
	SCOPED_JSON json_t *owned = json;
	SCOPED(buf) text = { 0 };

	json_write_compact(&text, owned);
	return put_text(pack, path, buf_text(&text), err);
}

static char *blob_path(const struct oci_descriptor *blob)
{
	char hex[DIGEST_HEX_SIZE];

	return xasprintf("blobs/sha256/%s", digest_hex(&blob->digest, hex));
}

static int put_blob(const struct pack *pack, const struct oci_descriptor *blob,
		    struct err *err)
{
	SCOPED_FREE char *path = blob_path(blob);
	SCOPED_FREE char *chunk = xmalloc(COPY_BYTES);
	SCOPED_READER struct reader *reader = NULL;
	size_t got;

	if (oci_store_read(pack->export->store, blob, &reader, err) < 0 ||
	    put_header(pack, path, blob->size_bytes, err) < 0)
		return -1;
	do {
		if (reader_read(reader, chunk, COPY_BYTES, &got, err) < 0 ||
		    put_data(pack, chunk, got, err) < 0)
			return -1;
	} while (got > 0);
	return 0;
}

/* An image may hold one layer twice; an archive must not. */
static bool is_repeated(const struct oci_image *image, size_t layer)
{
	for (size_t i = 0; i < layer; i++)
		if (digest_equal(&image->layers[i].digest,
				 &image->layers[layer].digest))
			return true;
	return false;
}

static int put_blobs(const struct pack *pack, struct err *err)
{
	const struct oci_image *image = pack->export->image;

	if (put_blob(pack, &image->config_blob, err) < 0)
		return -1;
	for (size_t i = 0; i < image->layer_count; i++)
		if (!is_repeated(image, i) &&
		    put_blob(pack, &image->layers[i], err) < 0)
			return -1;
	return put_blob(pack, &image->manifest_blob, err);
}

static json_t *index_json(const struct oci_export *export)
{
	json_t *entry = oci_descriptor_json(&export->image->manifest_blob);

	json_object_set_new(entry, "annotations",
			    json_pack("{s:s, s:s}", OCI_CONTAINERD_ANNOTATION,
				      export->name, OCI_NAME_ANNOTATION,
				      export->name));
	return json_pack("{s:i, s:s, s:[o]}", "schemaVersion", 2, "mediaType",
			 OCI_TYPE_INDEX, "manifests", entry);
}

/* Docker knows no image without a tag, but images without a name. */
static json_t *docker_tags(const char *name)
{
	SCOPED(oci_ref) ref = { 0 };
	SCOPED(err) ignored = { 0 };

	if (oci_ref_parse(&ref, name, &ignored) < 0 ||
	    (ref.has_digest && !ref.tag))
		return json_array();
	return json_pack("[o]",
			 json_sprintf("%s/%s:%s", ref.registry, ref.repository,
				      ref.tag ? ref.tag : "latest"));
}

static json_t *docker_json(const struct oci_export *export)
{
	const struct oci_image *image = export->image;
	SCOPED_FREE char *config = blob_path(&image->config_blob);
	json_t *layers = json_array();

	for (size_t i = 0; i < image->layer_count; i++) {
		SCOPED_FREE char *layer = blob_path(&image->layers[i]);

		json_array_append_new(layers, json_string(layer));
	}
	return json_pack("[{s:s, s:o, s:o}]", "Config", config, "RepoTags",
			 docker_tags(export->name), "Layers", layers);
}

int oci_archive_write(const struct oci_export *export, int fd, struct err *err)
{
	SCOPED(pack) pack = { export, archive_write_new() };

	if (!pack.tar ||
	    archive_write_set_format_pax_restricted(pack.tar) != ARCHIVE_OK ||
	    archive_write_open_fd(pack.tar, fd) != ARCHIVE_OK)
		return tar_failed(&pack, err);
	if (put_text(&pack, "oci-layout", "{\"imageLayoutVersion\": \"1.0.0\"}",
		     err) < 0 ||
	    put_header(&pack, "blobs/", 0, err) < 0 ||
	    put_header(&pack, "blobs/sha256/", 0, err) < 0 ||
	    put_blobs(&pack, err) < 0 ||
	    put_json(&pack, "index.json", index_json(export), err) < 0)
		return -1;
	if (export->docker &&
	    put_json(&pack, "manifest.json", docker_json(export), err) < 0)
		return -1;
	return archive_write_close(pack.tar) == ARCHIVE_OK
		       ? 0
		       : tar_failed(&pack, err);
}
