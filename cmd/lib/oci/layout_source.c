/* SPDX-License-Identifier: Apache-2.0 */
/* Images from OCI image layouts: a folder, or the tar of one. */
#include "cmd/lib/oci/source_internal.h"

#include <string.h>
#include <sys/stat.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/internal.h"

#define BLOBS "blobs/sha256/"
#define WANTED_MAX 16384

/* A blob that the image leads to. */
struct wanted {
	struct oci_descriptor blob; /* owned */
	bool needed;                /* else what is not there is left out */
	bool is_here;
	bool is_read; /* what it leads to is in the list */
};

/* An image on its way. */
struct walk {
	const struct bring *bring;
	const struct layout_place *place;
	struct wanted *items; /* owned */
	size_t count, capacity;
};

static void walk_release(struct walk *walk)
{
	for (size_t i = 0; i < walk->count; i++)
		oci_descriptor_release(&walk->items[i].blob);
	free(walk->items);
}

static int want(struct walk *walk, const struct oci_descriptor *blob,
		bool needed, struct err *err)
{
	struct wanted *item;

	for (size_t i = 0; i < walk->count; i++)
		if (digest_equal(&walk->items[i].blob.digest, &blob->digest)) {
			walk->items[i].needed |= needed;
			return 0;
		}
	if (walk->count >= WANTED_MAX)
		return err_set(err, FAULT_INPUT, "%s: more than %d blobs",
			       walk->place->path, WANTED_MAX);
	walk->items = xgrow(walk->items, walk->count, &walk->capacity,
			    sizeof(*walk->items));
	item = &walk->items[walk->count++];
	*item = (struct wanted){ .needed = needed };
	oci_descriptor_copy(&item->blob, blob);
	item->is_here = bring_has(walk->bring->store, blob);
	return 0;
}

static int commit(const struct walk *walk, struct oci_blob_writer *writer,
		  struct wanted *item, struct err *err)
{
	if (oci_blob_writer_commit(writer, &item->blob, NULL, err) < 0)
		return err_wrap(err, "%s", walk->place->path);
	item->is_here = true;
	return 0;
}

static int copy_file(struct walk *walk, struct wanted *item, struct err *err)
{
	char hex[DIGEST_HEX_SIZE];
	const char *const parts[] = { "blobs", "sha256",
				      digest_hex(&item->blob.digest, hex),
				      NULL };
	SCOPED(oci_blob_writer) writer = { 0 };
	struct stat status;
	SCOPED_FD int fd = -1;

	if (layout_open(walk->place, parts, &fd, err) < 0)
		return -1;
	if (fd < 0)
		return 0;
	if (fstat(fd, &status) < 0)
		return err_sys(err, "read %s", walk->place->path);
	if ((uint64_t)status.st_size != item->blob.size_bytes)
		return err_set(
			err, FAULT_TRUST,
			"%s: blob %s: %llu bytes where %llu are declared",
			walk->place->path, hex,
			(unsigned long long)status.st_size,
			(unsigned long long)item->blob.size_bytes);
	if (oci_blob_writer_start(&writer, walk->bring->store, err) < 0 ||
	    writer_copy(writer.stream, fd, 0, item->blob.size_bytes, err) < 0)
		return -1;
	return commit(walk, &writer, item, err);
}

static int copy_files(struct walk *walk, struct err *err)
{
	for (size_t i = 0; i < walk->count; i++)
		if (!walk->items[i].is_here &&
		    copy_file(walk, &walk->items[i], err) < 0)
			return -1;
	return 0;
}

static struct wanted *find_member(const struct walk *walk, const char *path)
{
	SCOPED_FREE char *text = NULL;
	struct digest digest;

	if (strncmp(path, BLOBS, strlen(BLOBS)) != 0)
		return NULL;
	text = xasprintf("sha256:%s", path + strlen(BLOBS));
	if (!digest_parse(&digest, text))
		return NULL;
	for (size_t i = 0; i < walk->count; i++)
		if (!walk->items[i].is_here &&
		    digest_equal(&walk->items[i].blob.digest, &digest))
			return &walk->items[i];
	return NULL;
}

static int copy_member(struct walk *walk, struct tar_file *tar,
		       const struct tar_member *member, struct wanted *item,
		       struct err *err)
{
	SCOPED(oci_blob_writer) writer = { 0 };

	if (!member->is_regular)
		return err_set(err, FAULT_INPUT, "%s: %s is no regular file",
			       walk->place->path, member->path);
	if (member->size_bytes != item->blob.size_bytes)
		return err_set(err, FAULT_TRUST,
			       "%s: %s: %llu bytes where %llu are declared",
			       walk->place->path, member->path,
			       (unsigned long long)member->size_bytes,
			       (unsigned long long)item->blob.size_bytes);
	if (oci_blob_writer_start(&writer, walk->bring->store, err) < 0 ||
	    tar_file_copy(tar, writer.stream, err) < 0)
		return -1;
	return commit(walk, &writer, item, err);
}

static int copy_members(struct walk *walk, struct err *err)
{
	const struct layout_place *place = walk->place;
	SCOPED_TAR_FILE struct tar_file *tar = NULL;
	struct tar_member member;

	if (tar_file_open(&tar, place->file_fd, place->path, err) < 0)
		return -1;
	for (;;) {
		struct wanted *item;

		if (tar_file_next(tar, &member, err) < 0)
			return -1;
		if (!member.path)
			return 0;
		item = find_member(walk, member.path);
		if (item && copy_member(walk, tar, &member, item, err) < 0)
			return -1;
	}
}

static int follow(struct walk *walk, size_t i, struct err *err)
{
	SCOPED(oci_manifest) manifest = { 0 };
	SCOPED(oci_descriptor) from = { 0 };
	SCOPED(buf) text = { 0 };
	bool needed;

	oci_descriptor_copy(&from, &walk->items[i].blob);
	walk->items[i].is_read = true;
	if (oci_store_load(walk->bring->store, &from, OCI_MANIFEST_MAX, &text,
			   err) < 0 ||
	    oci_manifest_parse(&manifest, &text, from.media_type, "manifest",
			       err) < 0)
		return err_wrap(err, "%s", walk->place->path);
	for (size_t e = 0; e < manifest.entry_count; e++)
		if (want(walk, &manifest.entries[e].descriptor, false, err) < 0)
			return -1;
	if (manifest.is_index)
		return 0;
	/* Of what is attested a part will do, of an image none. */
	needed = !manifest.is_attestation;
	if (want(walk, &manifest.config, needed, err) < 0)
		return -1;
	for (size_t l = 0; l < manifest.layer_count; l++)
		if (want(walk, &manifest.layers[l], needed, err) < 0)
			return -1;
	return 0;
}

static bool leads_on(const struct wanted *item)
{
	return item->is_here && !item->is_read &&
	       (oci_type_is_index(item->blob.media_type) ||
		oci_type_is_manifest(item->blob.media_type));
}

/* `*grew` is whether there was anything to read. */
static int follow_all(struct walk *walk, bool *grew, struct err *err)
{
	*grew = false;
	for (size_t i = 0; i < walk->count; i++) {
		if (!leads_on(&walk->items[i]))
			continue;
		*grew = true;
		if (follow(walk, i, err) < 0)
			return -1;
	}
	return 0;
}

static bool is_complete(const struct walk *walk)
{
	for (size_t i = 0; i < walk->count; i++)
		if (!walk->items[i].is_here)
			return false;
	return true;
}

static int check_needed(const struct walk *walk, struct err *err)
{
	char text[DIGEST_TEXT_SIZE];

	for (size_t i = 0; i < walk->count; i++)
		if (walk->items[i].needed && !walk->items[i].is_here)
			return err_set(
				err, FAULT_INPUT,
				"%s: its blob %s is not in it",
				walk->place->path,
				digest_text(&walk->items[i].blob.digest, text));
	return 0;
}

/*
 * A tar cannot be searched: it is read once for each step from the index over
 * manifests to layers, unless the store has what that step wants.
 */
static int bring_blobs(struct walk *walk, struct err *err)
{
	bool grew = true;

	while (grew) {
		if (!is_complete(walk) &&
		    (walk->place->folder_fd >= 0 ? copy_files(walk, err)
						 : copy_members(walk, err)) < 0)
			return -1;
		if (follow_all(walk, &grew, err) < 0)
			return -1;
	}
	return check_needed(walk, err);
}

int layout_bring(const struct bring *bring, const struct layout_place *place,
		 struct err *err)
{
	SCOPED(walk) walk = { .bring = bring, .place = place };

	if (layout_choose(place, bring->ref->image, bring->root, err) < 0 ||
	    want(&walk, bring->root, true, err) < 0)
		return -1;
	return bring_blobs(&walk, err);
}
