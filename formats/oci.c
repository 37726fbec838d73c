/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format oci: kernel, initrd and command line as an OCI artifact (image-spec
 * 1.1, manifest.md, "Guidelines for Artifact Usage") in the tar of an image
 * layout, to be pushed by any client.
 */
#include "formats/format.h"

#include <stdio.h>
#include <string.h>

#include "cmd/lib/base/buf.h"
#include "formats/boot/payload.h"
#include "formats/disk/ustar.h"

#define TYPE "application/vnd.kitbuild."
#define OCI_TYPE "application/vnd.oci."

/* A blob of the layout; its content is borrowed. */
struct blob {
	const char *title, *type;
	const struct extents *content;
	struct digest digest;
};

static int add_blob(struct writer *to, const struct blob *blob, struct err *err)
{
	char name[sizeof("blobs/sha256/") + DIGEST_HEX_SIZE];
	char hex[DIGEST_HEX_SIZE];

	snprintf(name, sizeof(name), "blobs/sha256/%s",
		 digest_hex(&blob->digest, hex));
	return ustar_add(to, name, blob->content, err);
}

static void describe(struct buf *json, const struct blob *blob)
{
	char text[DIGEST_TEXT_SIZE];

	buf_add_fmt(json,
		    "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%llu",
		    blob->type, digest_text(&blob->digest, text),
		    (unsigned long long)blob->content->size_bytes);
	if (blob->title)
		buf_add_fmt(
			json,
			",\"annotations\":{\"org.opencontainers.image.title\":\"%s\"}",
			blob->title);
	buf_add_char(json, '}');
}

static void set_text(struct extents *to, const char *text, size_t size)
{
	to->size_bytes = size;
	extents_put(to, 0, text, size);
}

static void write_manifest(struct buf *json, const struct blob *config,
			   const struct blob *blobs, size_t count)
{
	buf_add_str(json, "{\"schemaVersion\":2,\"mediaType\":\"" OCI_TYPE
			  "image.manifest.v1+json\",\"artifactType\":\"" TYPE
			  "system.v1\",\"config\":");
	describe(json, config);
	buf_add_str(json, ",\"layers\":[");
	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_add_char(json, ',');
		describe(json, &blobs[i]);
	}
	buf_add_str(json, "]}");
}

static void write_index(struct buf *json, const struct blob *manifest,
			const char *arch)
{
	char text[DIGEST_TEXT_SIZE];

	buf_add_fmt(
		json,
		"{\"schemaVersion\":2,\"mediaType\":\"" OCI_TYPE
		"image.index.v1+json\",\"manifests\":[{\"mediaType\":\"%s\","
		"\"digest\":\"%s\",\"size\":%llu,\"artifactType\":\"" TYPE
		"system.v1\",\"platform\":{\"architecture\":\"%s\",\"os\":\"linux\"},"
		"\"annotations\":{\"org.opencontainers.image.ref.name\":\"latest\"}}]}",
		manifest->type, digest_text(&manifest->digest, text),
		(unsigned long long)manifest->content->size_bytes, arch);
}

static int write_layout(struct writer *to, struct blob *blobs, size_t count,
			const char *arch, struct err *err)
{
	static const char layout[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
	SCOPED(extents) empty = { 0 };
	SCOPED(extents) text = { 0 };
	SCOPED(buf) manifest_json = { 0 };
	SCOPED(buf) index = { 0 };
	struct blob config = {
		NULL, OCI_TYPE "empty.v1+json", &empty, { { 0 } }
	};
	struct blob manifest = {
		NULL, OCI_TYPE "image.manifest.v1+json", &text, { { 0 } }
	};

	set_text(&empty, "{}", 2);
	for (size_t i = 0; i < count; i++)
		if (extents_sha256(blobs[i].content, &blobs[i].digest, err) < 0)
			return -1;
	if (extents_sha256(&empty, &config.digest, err) < 0)
		return -1;
	write_manifest(&manifest_json, &config, blobs, count);
	set_text(&text, buf_text(&manifest_json), manifest_json.size);
	if (extents_sha256(&text, &manifest.digest, err) < 0)
		return -1;
	write_index(&index, &manifest, arch);
	if (ustar_add_text(to, "oci-layout", layout, sizeof(layout) - 1, err) <
		    0 ||
	    ustar_add_text(to, "index.json", buf_text(&index), index.size,
			   err) < 0 ||
	    add_blob(to, &manifest, err) < 0 || add_blob(to, &config, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (add_blob(to, &blobs[i], err) < 0)
			return -1;
	return ustar_end(to, err);
}

static int write_oci(struct image *image, const struct format_options *options,
		     struct output *output, struct err *err)
{
	SCOPED(payload) payload = PAYLOAD_INIT;
	SCOPED(extents) command_line = { 0 };
	SCOPED_FD int fd = -1;
	SCOPED_WRITER struct writer *to = NULL;

	if (payload_open(&payload, image, options->pack_cache, err) < 0 ||
	    output_open(output, "-oci.tar", &fd, err) < 0)
		return -1;
	set_text(&command_line, payload.command_line,
		 strlen(payload.command_line));
	struct blob blobs[] = {
		{ "kernel", TYPE "kernel.v1", &payload.kernel, { { 0 } } },
		{ "initrd.img", TYPE "initrd.v1", &payload.initrd, { { 0 } } },
		{ "cmdline", TYPE "cmdline.v1", &command_line, { { 0 } } },
	};
	to = writer_to_fd(fd, output_name(output));
	return write_layout(to, blobs, ARRAY_LEN(blobs), options->arch, err);
}

const struct format format_oci = {
	.name = "oci",
	.files = "NAME-oci.tar",
	.help = "kernel, initrd and command line as an OCI artifact, to be pushed",
	.streamable = true,
	.write = write_oci,
};
