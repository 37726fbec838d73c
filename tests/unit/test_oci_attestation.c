/* SPDX-License-Identifier: Apache-2.0 */
/* links: lib */
#include "tests/unit/unit.h"

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/attestation.h"

#define HEX_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HEX_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define HEX_C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define PART(type, hex, more)                                                  \
	"{\"mediaType\":\"" type "\",\"size\":2,\"digest\":\"sha256:" hex      \
	"\"" more "}"
#define STATEMENT(predicate)                                                   \
	PART(OCI_TYPE_STATEMENT, HEX_B,                                        \
	     ",\"annotations\":{\"in-toto.io/predicate-type\":\"" predicate    \
	     "\"}")
#define MANIFEST(config, layers)                                               \
	"{\"schemaVersion\":2,\"config\":" config ",\"layers\":[" layers "]}"
#define ATTESTING(type, digest)                                                \
	",\"annotations\":{\"vnd.docker.reference.type\":\"" type              \
	"\",\"vnd.docker.reference.digest\":\"" digest "\"}"
#define INDEX(entries) "{\"schemaVersion\":2,\"manifests\":[" entries "]}"

static int parse(struct oci_manifest *manifest, const char *text,
		 const char *media_type, struct err *err)
{
	SCOPED(buf) bytes = { 0 };

	buf_add_str(&bytes, text);
	return oci_manifest_parse(manifest, &bytes, media_type, "m", err);
}

static void check_parses(struct oci_manifest *manifest, const char *text,
			 const char *media_type)
{
	SCOPED(err) err = { 0 };

	if (parse(manifest, text, media_type, &err) < 0)
		UNIT_FAIL("%s", err.msg);
}

TEST(a_manifest_of_statements_is_an_attestation)
{
	SCOPED(oci_manifest) manifest = { 0 };

	check_parses(&manifest,
		     MANIFEST(PART(OCI_TYPE_CONFIG, HEX_A, ""),
			      STATEMENT("one") "," PART(OCI_TYPE_STATEMENT,
							HEX_B, "")),
		     OCI_TYPE_MANIFEST);
	CHECK(manifest.is_attestation);
	CHECK_STR(manifest.predicates[0], "one");
	CHECK(manifest.predicates[1] == NULL);
}

TEST(an_attestation_may_have_the_empty_config)
{
	SCOPED(oci_manifest) manifest = { 0 };

	check_parses(
		&manifest,
		MANIFEST(PART("application/vnd.oci.empty.v1+json", HEX_A, ""),
			 STATEMENT("one")),
		OCI_TYPE_MANIFEST);
	CHECK(manifest.is_attestation);
}

TEST(an_image_may_not_have_the_empty_config)
{
	SCOPED(oci_manifest) manifest = { 0 };
	SCOPED(err) err = { 0 };

	CHECK_INT(parse(&manifest,
			MANIFEST(PART("application/vnd.oci.empty.v1+json",
				      HEX_A, ""),
				 PART(OCI_TYPE_LAYER_TAR, HEX_B, "")),
			OCI_TYPE_MANIFEST, &err),
		  -1);
	CHECK_INT(err.fault, FAULT_INPUT);
}

TEST(a_statement_beside_a_layer_is_no_layer)
{
	SCOPED(oci_manifest) manifest = { 0 };
	SCOPED(err) err = { 0 };

	CHECK_INT(parse(&manifest,
			MANIFEST(PART(OCI_TYPE_CONFIG, HEX_A, ""),
				 PART(OCI_TYPE_LAYER_TAR, HEX_B,
				      "") "," STATEMENT("one")),
			OCI_TYPE_MANIFEST, &err),
		  -1);
	CHECK(strstr(err.msg, "layer 2 is no file system layer"));
}

TEST(attestations_belong_to_the_image_they_name)
{
	SCOPED(oci_manifest) index = { 0 };
	SCOPED(oci_attestations) list = { 0 };
	struct digest image;
	char text[DIGEST_TEXT_SIZE];

	check_parses(
		&index,
		INDEX(PART(OCI_TYPE_MANIFEST, HEX_A, "") "," PART(OCI_TYPE_MANIFEST, HEX_B, ATTESTING("attestation-manifest", "sha256:" HEX_A)) "," PART(
			OCI_TYPE_MANIFEST, HEX_C,
			ATTESTING(
				"attestation-manifest",
				"sha256:" HEX_C)) "," PART(OCI_TYPE_MANIFEST,
							   HEX_C,
							   ATTESTING(
								   "something-else",
								   "sha256:" HEX_A)) "," PART(OCI_TYPE_MANIFEST,
											      HEX_C,
											      ATTESTING(
												      "attestation-manifest",
												      "latest"))),
		OCI_TYPE_INDEX);
	CHECK(digest_parse(&image, "sha256:" HEX_A));
	oci_attestations_add(&list, &index, &image);
	CHECK_INT(list.count, 1);
	CHECK_STR(digest_text(&list.items[0].digest, text), "sha256:" HEX_B);
}

TEST(an_index_can_make_no_image_have_many_attestations)
{
	SCOPED(oci_manifest) index = { 0 };
	SCOPED(oci_attestations) list = { 0 };
	SCOPED(buf) text = { 0 };
	SCOPED(err) err = { 0 };
	struct digest image;

	buf_add_str(&text, "{\"schemaVersion\":2,\"manifests\":[");
	for (size_t i = 0; i < 4 * (size_t)OCI_ATTESTATIONS_MAX; i++)
		buf_add_fmt(&text, "%s%s", i ? "," : "",
			    PART(OCI_TYPE_MANIFEST, HEX_B,
				 ATTESTING("attestation-manifest",
					   "sha256:" HEX_A)));
	buf_add_str(&text, "]}");
	CHECK_INT(oci_manifest_parse(&index, &text, OCI_TYPE_INDEX, "m", &err),
		  0);
	CHECK(digest_parse(&image, "sha256:" HEX_A));
	oci_attestations_add(&list, &index, &image);
	CHECK_INT(list.count, OCI_ATTESTATIONS_MAX);
}
