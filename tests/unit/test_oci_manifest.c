/* SPDX-License-Identifier: Apache-2.0 */
/* links: lib */
#include "tests/unit/unit.h"

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/manifest.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define BLOB(type, size, digest)                                               \
	"{\"mediaType\":\"" type "\",\"size\":" size ",\"digest\":\"" digest   \
	"\"}"
#define CONFIG BLOB(OCI_TYPE_CONFIG, "2", "sha256:" HEX)
#define LAYER BLOB(OCI_TYPE_LAYER_GZIP, "3", "sha256:" HEX)
#define IMAGE(config, layers)                                                  \
	"{\"schemaVersion\":2,\"config\":" config ",\"layers\":[" layers "]}"

static int parse(struct oci_manifest *manifest, const char *text,
		 const char *media_type, struct err *err)
{
	SCOPED(buf) bytes = { 0 };

	buf_add_str(&bytes, text);
	return oci_manifest_parse(manifest, &bytes, media_type, "m", err);
}

static void check_refused(const char *text, const char *media_type,
			  const char *why)
{
	SCOPED(oci_manifest) manifest = { 0 };
	SCOPED(err) err = { 0 };

	CHECK_INT(parse(&manifest, text, media_type, &err), -1);
	CHECK_INT(err.fault, FAULT_INPUT);
	if (!strstr(err.msg, why))
		UNIT_FAIL("'%s' does not say '%s'", err.msg, why);
	CHECK(manifest.layers == NULL);
}

TEST(an_image_manifest_has_a_config_and_layers_in_order)
{
	SCOPED(oci_manifest) manifest = { 0 };
	SCOPED(err) err = { 0 };

	CHECK_INT(parse(&manifest, IMAGE(CONFIG, LAYER "," LAYER),
			OCI_TYPE_MANIFEST, &err),
		  0);
	CHECK(!manifest.is_index);
	CHECK_INT(manifest.layer_count, 2);
	CHECK_INT(manifest.config.size_bytes, 2);
	CHECK_STR(manifest.layers[1].media_type, OCI_TYPE_LAYER_GZIP);
}

TEST(a_document_that_is_both_kinds_is_refused)
{
	check_refused("{\"schemaVersion\":2,\"manifests\":[],\"layers\":[],"
		      "\"config\":" CONFIG "}",
		      OCI_TYPE_MANIFEST, "both");
	check_refused("{\"schemaVersion\":2,\"manifests\":[],\"layers\":[]}",
		      OCI_TYPE_INDEX, "both");
	check_refused(IMAGE(CONFIG, LAYER), OCI_TYPE_INDEX, "both");
}

TEST(a_media_type_that_disagrees_is_refused)
{
	check_refused("{\"schemaVersion\":2,\"mediaType\":\"" OCI_TYPE_INDEX
		      "\",\"config\":" CONFIG ",\"layers\":[]}",
		      OCI_TYPE_MANIFEST, "offered as");
	check_refused(IMAGE(CONFIG, LAYER), "text/html", "no image");
}

TEST(digests_and_sizes_are_read_strictly)
{
#define BAD(size, digest)                                                      \
	check_refused(IMAGE(CONFIG, BLOB(OCI_TYPE_LAYER_TAR, size, digest)),   \
		      OCI_TYPE_MANIFEST, "layer 1")
	BAD("3", "sha256:../../etc/passwd");
	BAD("3", "md5:0123456789abcdef0123456789abcdef");
	BAD("3", HEX);
	BAD("3", "sha256:" HEX "0");
	BAD("3", "sha512:" HEX HEX);
	BAD("-1", "sha256:" HEX);
	BAD("1.5", "sha256:" HEX);
	BAD("\"3\"", "sha256:" HEX);
#undef BAD
}

TEST(layers_kept_elsewhere_and_artifacts_are_refused)
{
	check_refused(
		IMAGE(CONFIG,
		      BLOB("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
			   "3", "sha256:" HEX)),
		OCI_TYPE_MANIFEST, "outside the registry");
	check_refused(
		IMAGE(CONFIG,
		      BLOB("application/vnd.oci.image.layer.nondistributable.v1.tar",
			   "3", "sha256:" HEX)),
		OCI_TYPE_MANIFEST, "outside the registry");
	check_refused(
		IMAGE(CONFIG, BLOB("application/wasm", "3", "sha256:" HEX)),
		OCI_TYPE_MANIFEST, "no file system layer");
	check_refused(IMAGE(BLOB("application/vnd.oci.empty.v1+json", "2",
				 "sha256:" HEX),
			    LAYER),
		      OCI_TYPE_MANIFEST, "not the image");
}

TEST(broken_json_and_other_versions_are_refused)
{
	check_refused("", OCI_TYPE_MANIFEST, "m:");
	check_refused("[]", OCI_TYPE_MANIFEST, "schemaVersion");
	check_refused("{\"schemaVersion\":1}", OCI_TYPE_MANIFEST,
		      "schemaVersion");
	check_refused("{\"schemaVersion\":2}", OCI_TYPE_MANIFEST, "layers");
	check_refused("{\"schemaVersion\":2,\"schemaVersion\":2}",
		      OCI_TYPE_MANIFEST, "duplicate");
}

#define ENTRY(type, platform)                                                  \
	"{\"mediaType\":\"" type "\",\"size\":4,\"digest\":\"sha256:" HEX      \
	"\"" platform "}"
#define PLATFORM(os, arch)                                                     \
	",\"platform\":{\"os\":\"" os "\",\"architecture\":\"" arch "\"}"
#define INDEX(entries) "{\"schemaVersion\":2,\"manifests\":[" entries "]}"

static int choose(const char *text, const char *arch, size_t *number,
		  struct err *err)
{
	SCOPED(oci_manifest) index = { 0 };
	const struct oci_descriptor *chosen;

	if (parse(&index, text, OCI_TYPE_INDEX, err) < 0 ||
	    oci_manifest_choose(&index, arch, &chosen, err) < 0)
		return -1;
	for (*number = 0; &index.entries[*number].descriptor != chosen;)
		++*number;
	return 0;
}

TEST(the_first_image_of_the_platform_is_chosen)
{
	SCOPED(err) err = { 0 };
	size_t number;

	CHECK_INT(
		choose(INDEX(ENTRY(OCI_TYPE_MANIFEST, "") "," ENTRY(OCI_TYPE_MANIFEST, PLATFORM("windows", "arm64")) "," ENTRY(
			       "a/b",
			       PLATFORM(
				       "linux",
				       "arm64")) "," ENTRY(OCI_TYPE_MANIFEST,
							   PLATFORM(
								   "linux",
								   "arm64")) "," ENTRY(OCI_TYPE_MANIFEST,
										       PLATFORM(
											       "linux",
											       "arm64"))),
		       "arm64", &number, &err),
		0);
	CHECK_INT(number, 3);
}

TEST(an_image_that_does_not_say_is_taken_when_none_says)
{
	SCOPED(err) err = { 0 };
	size_t number;

	CHECK_INT(
		choose(INDEX(ENTRY(
			       OCI_TYPE_MANIFEST,
			       PLATFORM("unknown",
					"unknown")) "," ENTRY(OCI_TYPE_MANIFEST,
							      "")),
		       "amd64", &number, &err),
		0);
	CHECK_INT(number, 1);
}

TEST(a_missing_platform_is_told_with_those_there_are)
{
	SCOPED(err) err = { 0 };
	size_t number;

	CHECK_INT(
		choose(INDEX(ENTRY(OCI_TYPE_MANIFEST, PLATFORM("linux", "amd64")) "," ENTRY(
			       OCI_TYPE_MANIFEST,
			       PLATFORM("unknown",
					"unknown")) "," ENTRY(OCI_TYPE_MANIFEST,
							      PLATFORM("linux",
								       "386"))),
		       "riscv64", &number, &err),
		-1);
	CHECK_STR(
		err.msg,
		"not made for linux/riscv64; there is linux/amd64, linux/386");
}
