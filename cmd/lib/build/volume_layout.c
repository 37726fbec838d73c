/* SPDX-License-Identifier: Apache-2.0 */
/* OCI image layouts in the root (image-spec, image-layout.md). */
#include "cmd/lib/build/volume.h"

#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/oci/whole.h"

/* Byte for byte what LinuxKit's builder writes. */
static const char layout_text[] =
	"{\n\t\t\"imageLayoutVersion\": \"1.0.0\"\n\t}";

/* One layout on its way. */
struct layout {
	struct image *image;
	struct oci_store *store;
	const char *path;
};

static struct tree_node *find(const struct layout *layout, const char *path)
{
	const struct tree *tree = &layout->image->tree;

	return tree_lookup(tree, tree->root, path, false);
}

static int put_folder(const struct layout *layout, const char *name,
		      struct err *err)
{
	SCOPED_FREE char *path = xasprintf("%s/%s", layout->path, name);

	if (image_put_directory(layout->image, path, 0755, err) < 0)
		return -1;
	find(layout, path)->inode->mtime = 0;
	find(layout, path)->slash = true;
	return 0;
}

static int put_text(const struct layout *layout, const char *name,
		    const char *text, struct err *err)
{
	SCOPED_FREE char *path = xasprintf("%s/%s", layout->path, name);

	if (image_put_file(layout->image, path, 0644, text, strlen(text), err) <
	    0)
		return -1;
	find(layout, path)->inode->mtime = 0;
	return 0;
}

static int put_blob(const struct layout *layout,
		    const struct oci_descriptor *blob, struct err *err)
{
	SCOPED_READER struct reader *reader = NULL;
	char hex[DIGEST_HEX_SIZE];
	SCOPED_FREE char *name =
		xasprintf("blobs/sha256/%s", digest_hex(&blob->digest, hex));
	SCOPED_FREE char *path = xasprintf("%s/%s", layout->path, name);

	if (put_text(layout, name, "", err) < 0 ||
	    oci_store_read(layout->store, blob, &reader, err) < 0)
		return -1;
	return spool_add_reader(&layout->image->spool, reader,
				&find(layout, path)->inode->content, err);
}

static void add_index(struct buf *text, const struct oci_descriptor *root,
		      const char *name)
{
	char digest[DIGEST_TEXT_SIZE];

	buf_add_fmt(
		text,
		"{\n"
		"   \"schemaVersion\": 2,\n"
		"   \"mediaType\": \"" OCI_TYPE_INDEX "\",\n"
		"   \"manifests\": [\n"
		"      {\n"
		"         \"mediaType\": \"%s\",\n"
		"         \"size\": %llu,\n"
		"         \"digest\": \"%s\",\n"
		"         \"annotations\": {\n"
		"            \"org.opencontainers.image.ref.name\": \"%s\"\n"
		"         }\n"
		"      }\n"
		"   ]\n"
		"}",
		root->media_type, (unsigned long long)root->size_bytes,
		digest_text(&root->digest, digest), name);
}

int volume_put_layout(const struct build *build, struct image *image,
		      const struct volume_layout *wanted, struct err *err)
{
	const struct layout layout = { image, build->store, wanted->path };
	SCOPED(oci_blobs) blobs = { 0 };
	SCOPED(buf) index = { 0 };

	if (oci_whole_list(&blobs, build->store, wanted->whole, err) < 0 ||
	    put_text(&layout, "oci-layout", layout_text, err) < 0 ||
	    put_folder(&layout, "blobs", err) < 0 ||
	    put_folder(&layout, "blobs/sha256", err) < 0)
		return -1;
	for (size_t i = 0; i < blobs.count; i++)
		if (put_blob(&layout, &blobs.items[i], err) < 0)
			return err_wrap(err, "%s", wanted->name);
	add_index(&index, &blobs.root, wanted->name);
	return put_text(&layout, "index.json", buf_text(&index), err);
}
