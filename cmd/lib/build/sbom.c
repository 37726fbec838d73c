/* SPDX-License-Identifier: Apache-2.0 */
/* The bill of materials: what images say, and the document of it all. */
#include "cmd/lib/build/sbom.h"

#include <string.h>
#include <time.h>

#include "cmd/lib/base/limits.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/build/sbom_part.h"
#include "cmd/lib/oci/attestation.h"
#include "cmd/lib/oci/ref.h"

#define ROOT_ID "SPDXRef-Root"
#define CREATOR "Tool: kitbuild-" KITBUILD_VERSION
/* The licence list that license.c takes its identifiers from. */
#define LICENSE_LIST "3.20"
/* What a parsed statement may take in memory, as estimated from its text. */
/* What 32 MiB of input can become when every byte of it needs an escape. */
#define ELEMENT_MAX_BYTES ((size_t)256 << 20)

/* A list of the document, its elements joined by commas. */
struct sbom_written {
	struct spool spool;
	struct sha256 hash;
	size_t count;
};

void sbom_release(struct sbom *sbom)
{
	for (size_t i = 0; sbom->lists && i < SBOM_LISTS; i++) {
		spool_release(&sbom->lists[i].spool);
		sha256_release(&sbom->lists[i].hash);
	}
	free(sbom->lists);
	sbom->lists = NULL;
	strv_release(&sbom->images);
	sbom->parts = 0;
}

int sbom_append(struct sbom *sbom, enum sbom_list list, const json_t *element,
		struct err *err)
{
	struct sbom_written *written = &sbom->lists[list];
	SCOPED(buf) text = { .max_bytes = ELEMENT_MAX_BYTES };

	if (written->count++)
		buf_add_char(&text, ',');
	json_write_compact(&text, element);
	sha256_add(&written->hash, text.data, text.size);
	return spool_add(&written->spool, text.data, text.size, err);
}

static int relate(struct sbom *sbom, const char *from, const char *type,
		  const char *to, struct err *err)
{
	SCOPED_JSON json_t *json =
		json_pack("{s:s, s:s, s:s}", "spdxElementId", from,
			  "relationshipType", type, "relatedSpdxElement", to);

	return sbom_append(sbom, SBOM_RELATIONSHIPS, json, err);
}

/* The members that every package of ours has. */
static json_t *plain_package(const char *name, const char *id)
{
	return json_pack("{s:s, s:s, s:s, s:b, s:s, s:s, s:s}", "name", name,
			 "SPDXID", id, "downloadLocation", "NOASSERTION",
			 "filesAnalyzed", 0, "licenseConcluded", "NOASSERTION",
			 "licenseDeclared", "NOASSERTION", "copyrightText",
			 "NOASSERTION");
}

int sbom_begin(struct sbom *sbom, struct err *err)
{
	SCOPED_JSON json_t *root = plain_package("root", ROOT_ID);

	sbom_release(sbom);
	sbom->lists = xcalloc(SBOM_LISTS, sizeof(*sbom->lists));
	for (size_t i = 0; i < SBOM_LISTS; i++)
		sbom->lists[i].spool = (struct spool)SPOOL_INIT;
	for (size_t i = 0; i < SBOM_LISTS; i++) {
		sha256_start(&sbom->lists[i].hash);
		if (spool_open(&sbom->lists[i].spool, err) < 0)
			return -1;
	}
	json_object_set_new(root, "primaryPackagePurpose",
			    json_string("OPERATING-SYSTEM"));
	if (sbom_append(sbom, SBOM_PACKAGES, root, err) < 0)
		return -1;
	return relate(sbom, "SPDXRef-DOCUMENT", "DESCRIBES", ROOT_ID, err);
}

/* The image itself, by its manifest's digest. */
static int add_image_package(struct sbom *sbom, const struct sbom_input *input,
			     const char *id, struct err *err)
{
	SCOPED_JSON json_t *json = plain_package(input->name, id);
	const struct digest *digest = &input->image->manifest_digest;
	char text[DIGEST_TEXT_SIZE];
	char hex[DIGEST_HEX_SIZE];

	json_object_set_new(json, "versionInfo",
			    json_string(digest_text(digest, text)));
	if (*input->place)
		json_object_set_new(json, "packageFileName",
				    json_string(input->place));
	json_object_set_new(json, "checksums",
			    json_pack("[{s:s, s:s}]", "algorithm", "SHA256",
				      "checksumValue",
				      digest_hex(digest, hex)));
	json_object_set_new(json, "primaryPackagePurpose",
			    json_string("CONTAINER"));
	if (sbom_append(sbom, SBOM_PACKAGES, json, err) < 0)
		return -1;
	return relate(sbom, ROOT_ID, "CONTAINS", id, err);
}

/* An image and the id of its package. */
struct work {
	struct sbom *sbom;
	const struct sbom_input *input;
	const char *id;
};

static void tell_left_out(const struct work *work, const struct sbom_part *part)
{
	if (part->left_out)
		log_warn(
			"image %s: %zu elements of its attested SBOM are left out: their ids or members are missing, invalid or repeated",
			work->input->name, part->left_out);
}

/* An in-toto statement; NULL when there would be too much of it. */
static int load_statement(const struct work *work,
			  const struct oci_descriptor *blob, json_t **statement,
			  struct err *err)
{
	SCOPED(buf) text = { .max_bytes = OCI_STATEMENT_MAX };
	const char *type;

	if (oci_store_load(work->input->store, blob, OCI_STATEMENT_MAX, &text,
			   err) < 0)
		return -1;
	if (json_cost(buf_text(&text), text.size) > limit_of(LIMIT_JSON)) {
		log_warn(
			"image %s: its attested SBOM has too many elements (--limit json)",
			work->input->name);
		return 0;
	}
	if (json_parse(statement, buf_text(&text), text.size, "statement",
		       err) < 0)
		return -1;
	type = json_text(*statement, "predicateType");
	if (!type || strcmp(type, OCI_PREDICATE_SPDX) != 0 ||
	    !json_is_object(json_object_get(*statement, "predicate")))
		return err_set(err, FAULT_INPUT,
			       "it is announced as SPDX but holds none");
	return 0;
}

static int merge_statement(const struct work *work,
			   const struct oci_descriptor *blob, bool *used,
			   struct err *err)
{
	SCOPED_JSON json_t *statement = NULL;
	SCOPED(sbom_part) part = { 0 };
	json_t *document;
	const char *version;

	if (blob->size_bytes > OCI_STATEMENT_MAX) {
		log_warn(
			"image %s: its attested SBOM has %llu bytes; at most %zu are read",
			work->input->name, (unsigned long long)blob->size_bytes,
			OCI_STATEMENT_MAX);
		return 0;
	}
	if (load_statement(work, blob, &statement, err) < 0)
		return -1;
	if (!statement)
		return 0;
	document = json_object_get(statement, "predicate");
	version = json_text(document, "spdxVersion");
	if (!version || strncmp(version, "SPDX-2.", 7) != 0) {
		log_warn(
			"image %s: its attested SBOM is of '%.20s', and only SPDX-2 is read",
			work->input->name, version ? version : "");
		return 0;
	}
	sbom_part_begin(&part, work->sbom, work->id, work->input->place);
	if (sbom_part_merge(&part, document, err) < 0)
		return -1;
	tell_left_out(work, &part);
	*used = true;
	return 0;
}

static int add_attested(const struct work *work, bool *used, struct err *err)
{
	const struct oci_attestation_want want = {
		.store = work->input->store,
		.manifests = &work->input->image->attestations,
		.predicate = OCI_PREDICATE_SPDX,
	};
	SCOPED(oci_attestations) statements = { 0 };

	if (oci_attestations_find(&statements, &want, err) < 0)
		return -1;
	for (size_t i = 0; i < statements.count; i++)
		if (merge_statement(work, &statements.items[i], used, err) < 0)
			return -1;
	return 0;
}

static int add_databases(const struct work *work, struct err *err)
{
	const struct pkgdb_place place = {
		.tree = work->input->tree,
		.spool = work->input->spool,
		.name = work->input->name,
	};
	SCOPED(pkgdb) db = { 0 };
	SCOPED(sbom_part) part = { 0 };

	if (pkgdb_collect(&db, &place, err) < 0)
		return -1;
	sbom_part_begin(&part, work->sbom, work->id, work->input->place);
	return sbom_part_add_packages(&part, &db, err);
}

int sbom_add_image(struct sbom *sbom, const struct sbom_input *input,
		   struct err *err)
{
	SCOPED_FREE char *id =
		xasprintf("SPDXRef-Image-%zu", sbom->images.count + 1);
	const struct work work = { sbom, input, id };
	bool used = false;

	if (strv_has(&sbom->images, input->name))
		return 0;
	strv_add(&sbom->images, input->name);
	if (add_image_package(sbom, input, id, err) < 0)
		return -1;
	if (add_attested(&work, &used, err) < 0)
		return err_wrap(
			err,
			"image %s: its attested SBOM (--no-sbom builds without)",
			input->name);
	return used ? 0 : add_databases(&work, err);
}

/*
 * RFC 9562, section 5.8: version 8, ours to fill; here the first bytes of a
 * SHA-256 over all that the document says.
 */
static void write_uuid(char text[37], struct digest digest)
{
	char hex[DIGEST_HEX_SIZE];

	digest.bytes[6] = (uint8_t)((digest.bytes[6] & 0x0f) | 0x80);
	digest.bytes[8] = (uint8_t)((digest.bytes[8] & 0x3f) | 0x80);
	digest_hex(&digest, hex);
	snprintf(text, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
		 hex + 16, hex + 20);
}

/* All but the lists, whose digests stand for them in the name. */
static void write_head(struct sbom *sbom, struct buf *head)
{
	SCOPED(sha256) hash = { 0 };
	time_t created_s = (time_t)sbom->created_s;
	struct tm tm = { 0 };
	char created[32];
	char uuid[37];

	gmtime_r(&created_s, &tm);
	strftime(created, sizeof(created), "%Y-%m-%dT%H:%M:%SZ", &tm);
	sha256_start(&hash);
	sha256_add_str(&hash, CREATOR);
	sha256_add_str(&hash, created);
	for (size_t i = 0; i < SBOM_LISTS; i++) {
		struct digest list = sha256_finish(&sbom->lists[i].hash);

		sha256_add(&hash, list.bytes, sizeof(list.bytes));
	}
	write_uuid(uuid, sha256_finish(&hash));
	buf_add_fmt(head,
		    "{\"spdxVersion\":\"SPDX-2.3\",\"dataLicense\":\"CC0-1.0\","
		    "\"SPDXID\":\"SPDXRef-DOCUMENT\",\"name\":\"sbom\","
		    "\"documentNamespace\":\"urn:uuid:%s\",\"creationInfo\":{"
		    "\"licenseListVersion\":\"" LICENSE_LIST
		    "\",\"creators\":[\"" CREATOR "\"],\"created\":\"%s\"}",
		    uuid, created);
}

static int write_list(struct sbom_written *written, const char *key,
		      struct writer *to, struct err *err)
{
	const struct content all = { .length = written->spool.size_bytes };
	SCOPED_FREE char *start = xasprintf(",\"%s\":[", key);

	if (written->count == 0)
		return 0;
	if (writer_write(to, start, strlen(start), err) < 0 ||
	    spool_copy(&written->spool, &all, to, err) < 0)
		return -1;
	return writer_write(to, "]", 1, err);
}

static int write_document(struct sbom *sbom, struct writer *to, struct err *err)
{
	SCOPED(buf) head = { 0 };

	write_head(sbom, &head);
	if (writer_write(to, head.data, head.size, err) < 0)
		return -1;
	for (enum sbom_list list = 0; list < SBOM_LISTS; list++)
		if (write_list(&sbom->lists[list], sbom_list_key(list), to,
			       err) < 0)
			return -1;
	return writer_write(to, "}\n", 2, err);
}

static int spool_document(struct sbom *sbom, struct spool *spool,
			  struct content *content, struct err *err)
{
	struct tally tally = { 0 }; /* outlives the writer that counts */
	SCOPED_WRITER struct writer *below = spool_writer(spool);
	SCOPED_WRITER struct writer *to = NULL;

	to = writer_tallied(below, &tally);
	content->offset = spool->size_bytes;
	if (write_document(sbom, to, err) < 0 || writer_finish(to, err) < 0)
		return -1;
	content->length = tally.size_bytes;
	content->source = tally.digest;
	return 0;
}

int sbom_put(struct sbom *sbom, struct image *image, struct err *err)
{
	const struct tree_node *old =
		tree_lookup(&image->tree, image->tree.root, sbom->path, true);
	struct inode *inode;
	struct tree_node *parent;
	const char *name;

	if (old && old->inode->type == INODE_DIRECTORY)
		return err_set(err, FAULT_INPUT,
			       "--sbom-output: %s is a directory in the image",
			       sbom->path);
	/* No source: the one file of which a tar does not tell the origin. */
	image_begin_segment(image, "sbom", "");
	inode = tree_inode_new(&image->tree, INODE_FILE, 0644);
	if (spool_document(sbom, &image->spool, &inode->content, err) < 0 ||
	    tree_parent_of(&image->tree, image->tree.root, sbom->path, &parent,
			   &name, err) < 0)
		return -1;
	tree_put(&image->tree, parent, name, inode);
	return 0;
}
