/* SPDX-License-Identifier: Apache-2.0 */
/* Images as single files: reading. */
#include "cmd/lib/oci/archive.h"

#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/internal.h"
#include "cmd/lib/oci/manifest.h"
#include "cmd/lib/oci/ref.h"

#define BLOCK_BYTES ((size_t)256 << 10)
#define BLOBS "blobs/sha256/"

/* An archive on its way. */
struct unpack {
	struct oci_store *store;
	struct archive *tar;
	const char *file;
	struct buf index; /* index.json */
};

static void unpack_release(struct unpack *unpack)
{
	archive_read_free(unpack->tar);
	buf_release(&unpack->index);
}

static int tar_failed(const struct unpack *unpack, struct err *err)
{
	const char *text =
		unpack->tar ? archive_error_string(unpack->tar) : NULL;

	return err_set(err, FAULT_INPUT, "%s: no archive that can be read: %s",
		       unpack->file, text ? text : "libarchive fails");
}

static int take_blob(struct unpack *unpack, const struct digest *digest,
		     uint64_t size_bytes, struct err *err)
{
	const struct oci_descriptor expected = {
		.digest = *digest,
		.size_bytes = size_bytes,
	};
	SCOPED(oci_blob_writer) blob = { 0 };
	SCOPED_FREE char *chunk = xmalloc(BLOCK_BYTES);
	la_ssize_t got;

	if (oci_blob_writer_start(&blob, unpack->store, err) < 0)
		return -1;
	for (;;) {
		got = archive_read_data(unpack->tar, chunk, BLOCK_BYTES);
		if (got < 0)
			return tar_failed(unpack, err);
		if (got == 0)
			break;
		if (writer_write(blob.stream, chunk, (size_t)got, err) < 0)
			return -1;
	}
	if (oci_blob_writer_commit(&blob, &expected, NULL, err) < 0)
		return err_wrap(err, "%s", unpack->file);
	return 0;
}

static int take_index(struct unpack *unpack, struct err *err)
{
	SCOPED_FREE char *chunk = xmalloc(BLOCK_BYTES);
	la_ssize_t got;

	buf_clear(&unpack->index);
	unpack->index.max_bytes = OCI_MANIFEST_MAX;
	for (;;) {
		got = archive_read_data(unpack->tar, chunk, BLOCK_BYTES);
		if (got < 0)
			return tar_failed(unpack, err);
		if (got == 0)
			return 0;
		if (!buf_try_add(&unpack->index, chunk, (size_t)got))
			return err_set(
				err, FAULT_INPUT,
				"%s: its index.json has more than %zu bytes",
				unpack->file, OCI_MANIFEST_MAX);
	}
}

static int take_entry(struct unpack *unpack, struct archive_entry *entry,
		      struct err *err)
{
	const char *path = archive_entry_pathname(entry);
	SCOPED_FREE char *text = NULL;
	struct digest digest;

	if (!path || archive_entry_filetype(entry) != AE_IFREG)
		return 0;
	if (strncmp(path, "./", 2) == 0)
		path += 2;
	if (strcmp(path, "index.json") == 0)
		return take_index(unpack, err);
	if (strncmp(path, BLOBS, strlen(BLOBS)) != 0)
		return 0;
	text = xasprintf("sha256:%s", path + strlen(BLOBS));
	if (!digest_parse(&digest, text))
		return 0;
	return take_blob(unpack, &digest, (uint64_t)archive_entry_size(entry),
			 err);
}

static int take_entries(struct unpack *unpack, struct err *err)
{
	struct archive_entry *entry;
	int result;

	for (;;) {
		result = archive_read_next_header(unpack->tar, &entry);
		if (result == ARCHIVE_EOF)
			break;
		if (result < ARCHIVE_WARN)
			return tar_failed(unpack, err);
		if (take_entry(unpack, entry, err) < 0)
			return -1;
	}
	if (unpack->index.size == 0)
		return err_set(
			err, FAULT_INPUT,
			"%s: no OCI image layout: there is no index.json in it",
			unpack->file);
	return 0;
}

static int need(const struct unpack *unpack, const struct oci_descriptor *blob,
		struct err *err)
{
	char text[DIGEST_TEXT_SIZE];

	if (oci_store_has(unpack->store, blob))
		return 0;
	return err_set(err, FAULT_INPUT, "its blob %s is not in the archive",
		       digest_text(&blob->digest, text));
}

static int load_manifest(const struct unpack *unpack,
			 const struct oci_descriptor *blob,
			 struct oci_manifest *manifest, struct err *err)
{
	SCOPED(buf) text = { 0 };

	if (need(unpack, blob, err) < 0 ||
	    oci_store_load(unpack->store, blob, OCI_MANIFEST_MAX, &text, err) <
		    0)
		return -1;
	return oci_manifest_parse(manifest, &text, blob->media_type, "manifest",
				  err);
}

static int check_image(const struct unpack *unpack,
		       const struct oci_manifest *manifest, struct err *err)
{
	if (need(unpack, &manifest->config, err) < 0)
		return -1;
	for (size_t i = 0; i < manifest->layer_count; i++)
		if (need(unpack, &manifest->layers[i], err) < 0)
			return -1;
	return 0;
}

/* Attestations and images that were left out do not count. */
static int check_platforms(const struct unpack *unpack,
			   const struct oci_manifest *index, struct err *err)
{
	size_t count = 0;

	for (size_t i = 0; i < index->entry_count; i++) {
		const struct oci_entry *entry = &index->entries[i];
		SCOPED(oci_manifest) manifest = { 0 };

		if ((entry->os && strcmp(entry->os, "linux") != 0) ||
		    !oci_type_is_manifest(entry->descriptor.media_type) ||
		    !oci_store_has(unpack->store, &entry->descriptor))
			continue;
		if (load_manifest(unpack, &entry->descriptor, &manifest, err) <
			    0 ||
		    check_image(unpack, &manifest, err) < 0)
			return -1;
		count++;
	}
	if (count == 0)
		return err_set(err, FAULT_INPUT,
			       "none of its platforms is in the archive");
	return 0;
}

static int check_root(const struct unpack *unpack,
		      const struct oci_descriptor *root, struct err *err)
{
	SCOPED(oci_manifest) manifest = { 0 };

	if (load_manifest(unpack, root, &manifest, err) < 0)
		return -1;
	if (manifest.is_index)
		return check_platforms(unpack, &manifest, err);
	return check_image(unpack, &manifest, err);
}

/* containerd's name is whole; the other may be a bare tag of some tool. */
static const char *name_of(const json_t *entry)
{
	const json_t *annotations = json_object_get(entry, "annotations");
	const char *name = json_text(annotations, OCI_CONTAINERD_ANNOTATION);

	return name ? name : json_text(annotations, OCI_NAME_ANNOTATION);
}

/* Checks the image, or gives it its name when `put` says so. */
static int take_image(const struct unpack *unpack, const json_t *entry,
		      struct strv *put, struct err *err)
{
	const char *name = name_of(entry);
	SCOPED(oci_descriptor) root = { 0 };
	SCOPED(oci_ref) ref = { 0 };

	if (!name)
		return 0;
	if (oci_ref_parse_remote(&ref, name, err) < 0 ||
	    oci_descriptor_parse(&root, entry, name, err) < 0)
		return err_wrap(err, "%s", unpack->file);
	if (ref.has_digest && !digest_equal(&ref.digest, &root.digest))
		return err_set(err, FAULT_TRUST,
			       "%s: image %s: the content has another digest",
			       unpack->file, ref.name);
	if (put) {
		strv_add(put, ref.name);
		return oci_store_put(unpack->store, ref.name, &root, err);
	}
	if (check_root(unpack, &root, err) < 0)
		return err_wrap(err, "%s: image %s", unpack->file, ref.name);
	return 0;
}

static int take_names(const struct unpack *unpack, struct strv *names,
		      struct err *err)
{
	SCOPED_JSON json_t *index = NULL;
	const json_t *list;

	if (json_parse(&index, buf_text(&unpack->index), unpack->index.size,
		       unpack->file, err) < 0)
		return -1;
	list = json_object_get(index, "manifests");
	for (size_t i = 0; i < json_array_size(list); i++)
		if (take_image(unpack, json_array_get(list, i), NULL, err) < 0)
			return -1;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (take_image(unpack, json_array_get(list, i), names, err) < 0)
			return -1;
	if (names->count == 0)
		return err_set(err, FAULT_INPUT,
			       "%s: no image in it has a name", unpack->file);
	return 0;
}

int oci_archive_read(struct oci_store *store, int fd, const char *file,
		     struct strv *names, struct err *err)
{
	SCOPED(unpack)
	unpack = { .store = store, .tar = archive_read_new(), .file = file };

	if (!unpack.tar ||
	    archive_read_support_filter_gzip(unpack.tar) < ARCHIVE_WARN ||
	    archive_read_support_filter_zstd(unpack.tar) < ARCHIVE_WARN ||
	    archive_read_support_format_tar(unpack.tar) != ARCHIVE_OK ||
	    archive_read_open_fd(unpack.tar, fd, BLOCK_BYTES) != ARCHIVE_OK)
		return tar_failed(&unpack, err);
	if (take_entries(&unpack, err) < 0)
		return -1;
	return take_names(&unpack, names, err);
}
