/* SPDX-License-Identifier: Apache-2.0 */
/* Images as single files: reading. */
#include "cmd/lib/oci/archive.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/internal.h"
#include "cmd/lib/oci/manifest.h"
#include "cmd/lib/oci/ref.h"
#include "cmd/lib/oci/tar_file.h"

#define BLOBS "blobs/sha256/"

/* An archive on its way. */
struct unpack {
	struct oci_store *store;
	struct tar_file *tar; /* owned */
	const char *file;
	struct buf index; /* index.json */
};

static void unpack_release(struct unpack *unpack)
{
	tar_file_close(unpack->tar);
	buf_release(&unpack->index);
}

static int take_blob(struct unpack *unpack, const struct digest *digest,
		     uint64_t size_bytes, struct err *err)
{
	const struct oci_descriptor expected = {
		.digest = *digest,
		.size_bytes = size_bytes,
	};
	SCOPED(oci_blob_writer) blob = { 0 };

	if (oci_blob_writer_start(&blob, unpack->store, err) < 0 ||
	    tar_file_copy(unpack->tar, blob.stream, err) < 0)
		return -1;
	if (oci_blob_writer_commit(&blob, &expected, NULL, err) < 0)
		return err_wrap(err, "%s", unpack->file);
	return 0;
}

static int take_member(struct unpack *unpack, const struct tar_member *member,
		       struct err *err)
{
	SCOPED_FREE char *text = NULL;
	struct digest digest;

	if (!member->is_regular)
		return 0;
	if (strcmp(member->path, "index.json") == 0) {
		buf_clear(&unpack->index);
		unpack->index.max_bytes = OCI_MANIFEST_MAX;
		return tar_file_load(unpack->tar, "index.json", &unpack->index,
				     err);
	}
	if (strncmp(member->path, BLOBS, strlen(BLOBS)) != 0)
		return 0;
	text = xasprintf("sha256:%s", member->path + strlen(BLOBS));
	if (!digest_parse(&digest, text))
		return 0;
	return take_blob(unpack, &digest, member->size_bytes, err);
}

static int take_members(struct unpack *unpack, struct err *err)
{
	struct tar_member member;

	for (;;) {
		if (tar_file_next(unpack->tar, &member, err) < 0)
			return -1;
		if (!member.path)
			break;
		if (take_member(unpack, &member, err) < 0)
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
	SCOPED(unpack) unpack = { .store = store, .file = file };

	if (tar_file_open(&unpack.tar, fd, file, err) < 0 ||
	    take_members(&unpack, err) < 0)
		return -1;
	return take_names(&unpack, names, err);
}
