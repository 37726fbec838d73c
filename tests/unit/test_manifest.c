/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding: unknown keys, wrong types, rules across keys, labels. */
/* links: lib */
#include "tests/lib/manifest.h"
#include "tests/unit/unit.h"

#include "cmd/lib/build/runtime_spec.h"
#include "yml/manifest.h"
#include "yml/pkgfile.h"

static void decode(struct manifest *manifest, const char *text)
{
	SCOPED(err) err = { 0 };

	if (decode_checked(manifest, "m.yml", text, strlen(text), &err) < 0)
		UNIT_FAIL("%s", err.msg);
}

static void check_refused(const char *text, const char *wanted)
{
	SCOPED(manifest) manifest = { 0 };
	SCOPED(err) err = { 0 };

	CHECK_INT(decode_checked(&manifest, "m", text, strlen(text), &err), -1);
	CHECK_STR(err.msg, wanted);
	CHECK_INT(err.fault, FAULT_INPUT);
}

TEST(the_empty_mapping_is_a_manifest)
{
	SCOPED(manifest) manifest = { 0 };

	decode(&manifest, "{}");
	CHECK(!manifest.kernel.at);
	CHECK_INT(manifest.init.count, 0);
}

TEST(what_is_written_is_decoded)
{
	SCOPED(manifest) manifest = { 0 };
	const struct entry *entry;

	decode(&manifest,
	       "kernel: {image: k, cmdline: console=ttyS0}\n"
	       "init: [a, b]\n"
	       "services:\n"
	       "- {name: n, image: i, readonly: true, uid: 5, gid: n,"
	       " sysctl: {b: '1', a: '2'}, oomScoreAdj: -3}\n");
	CHECK_STR(manifest.kernel.cmdline.text, "console=ttyS0");
	CHECK_STR(manifest.init.items[1], "b");
	CHECK_INT(manifest.sections[SECTION_SERVICES].count, 1);
	entry = manifest.sections[SECTION_SERVICES].items;
	CHECK(entry->readonly.value);
	CHECK_INT(entry->uid.number, 5);
	CHECK_STR(entry->gid.name, "n");
	CHECK_STR(entry->sysctl.keys[0], "b");
	CHECK_INT(entry->oom_score_adj.value, -3);
	CHECK(!entry->hostname.at);
}

TEST(trust_is_accepted_and_ignored)
{
	SCOPED(manifest) manifest = { 0 };

	decode(&manifest, "trust: {image: [x], org: [y]}\n");
}

TEST(an_unknown_key_is_told_with_the_likely_one)
{
	check_refused(
		"kernl: {}\n",
		"m:1:1: unknown key 'kernl' in the manifest; is it 'kernel'?");
	check_refused(
		"services:\n- {name: a, image: b, comand: [x]}\n",
		"m:2:23: unknown key 'comand' in an entry; is it 'command'?");
	check_refused("x-foo: 1\n",
		      "m:1:1: unknown key 'x-foo' in the manifest");
}

TEST(a_wrong_type_is_told_with_its_path)
{
	check_refused(
		"services:\n- name: a\n  image: b\n  binds: [x, 5]\n",
		"m:4:14: services[0].binds[1]: an integer where a string is wanted; put it in quotes");
	check_refused(
		"onboot:\n- resources: {memory: {limit: lots}}\n",
		"m:2:31: onboot[0].resources.memory.limit: a string where an integer is wanted");
	check_refused(
		"onboot:\n- sysctl: {a.b: 1}\n",
		"m:2:17: onboot[0].sysctl.a.b: an integer where a string is wanted; put it in quotes");
	check_refused("files: {}\n",
		      "m:1:8: files: a mapping where a list is wanted");
	check_refused("[a]\n",
		      "m:1:1: the document: a list where a mapping is wanted");
	check_refused("onboot: [x]\n",
		      "m:1:10: onboot[0]: a string where a mapping is wanted");
	check_refused(
		"onboot:\n- readonly: yes\n",
		"m:2:13: onboot[0].readonly: a string where true or false is wanted");
	check_refused(
		"onboot:\n- uid: [1]\n",
		"m:2:8: onboot[0].uid: a list where a name or an integer is wanted");
	check_refused("kernel: {cmdline: \"a\\0b\"}\n",
		      "m:1:19: kernel.cmdline: holds a NUL character");
}

TEST(of_a_long_key_a_hundred_bytes_are_shown)
{
	char text[400], wanted[200];

	snprintf(text, sizeof(text), "'%0300d': 1\n", 0);
	snprintf(wanted, sizeof(wanted),
		 "m:1:1: unknown key '%0100d' in the manifest", 0);
	check_refused(text, wanted);
}

TEST(an_empty_value_is_told_as_such)
{
	check_refused(
		"init:\n",
		"m:1:6: init: an empty value where a list of strings is wanted; leave the key out instead");
}

TEST(an_empty_text_is_told)
{
	check_refused("# nothing\n", "m: the manifest is empty");
}

#define ENTRY "onboot:\n- {name: a, image: b, "
#define VOLUME "volumes: [{name: v, readonly: true}]\n"

TEST(binds_without_a_slash_name_volumes)
{
	SCOPED(manifest) manifest = { 0 };

	decode(&manifest,
	       VOLUME ENTRY "binds: ['v:/x:ro', '/a:/b', 'v:/y:rbind,ro'],"
			    "mounts: [{type: bind, source: v, destination: /z,"
			    " options: [ro]}]}\n");
	CHECK(manifest_volume(&manifest, "v:/x", 1));
	CHECK(!manifest_volume(&manifest, "w", 1));
	check_refused(ENTRY "binds: ['w:/x']}\n",
		      "m:2:31: there is no volume 'w'");
	check_refused(ENTRY "binds.add: ['w:/x']}\n",
		      "m:2:35: there is no volume 'w'");
	check_refused(VOLUME ENTRY "binds: ['v:/ro']}\n",
		      "m:3:31: the volume 'v' is read-only: bind it with :ro");
}

TEST(bind_mounts_without_a_slash_name_volumes)
{
	check_refused(ENTRY "mounts: [{type: bind, source: w}]}\n",
		      "m:2:32: there is no volume 'w'");
	check_refused(ENTRY "mounts: [{type: bind}]}\n",
		      "m:2:32: there is no volume ''");
	check_refused(
		VOLUME ENTRY "mounts: [{type: bind, source: v}]}\n",
		"m:3:32: the volume 'v' is read-only: mount it with the option ro");
}

TEST(names_are_unique_among_services_only)
{
	SCOPED(manifest) manifest = { 0 };

	decode(&manifest, "onboot: [{name: a, image: b}, {name: a, image: b}]\n"
			  "services: [{name: a, image: b}]\n");
	check_refused("services: [{name: a, image: b}, {name: a, image: c}]\n",
		      "m:1:40: the service 'a' stands here twice");
}

TEST(a_name_is_one_path_component)
{
	static const char *const wrong[] = { "''", "a/b", "..", ".",
					     "../../x" };

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		SCOPED(manifest) manifest = { 0 };
		SCOPED(err) err = { 0 };
		char text[80];

		snprintf(text, sizeof(text), "onboot: [{name: %s, image: b}]",
			 wrong[i]);
		CHECK_INT(decode_checked(&manifest, "m", text, strlen(text),
					 &err),
			  -1);
		CHECK(strstr(err.msg, "it must be one path component"));
	}
}

TEST(a_file_has_one_kind)
{
	check_refused(
		"files: [{path: a}]\n",
		"m:1:9: a: exactly one of contents, source and metadata is needed");
	check_refused(
		"files: [{path: a, contents: x, source: y}]\n",
		"m:1:9: a: exactly one of contents, source and metadata is needed");
	check_refused("files: [{path: a, directory: true, contents: x}]\n",
		      "m:1:9: a: a directory has no contents");
	check_refused("files: [{path: a, symlink: b, source: c}]\n",
		      "m:1:9: a: a link has no source or metadata");
	check_refused("files: [{contents: x}]\n", "m:1:9: a file needs a path");
	check_refused("files: [{path: a, metadata: xml}]\n",
		      "m:1:29: 'xml' is no form of metadata: yaml or json");
}

TEST(a_volume_has_a_plain_name_and_a_known_format)
{
	check_refused("volumes: [{name: A}]\n",
		      "m:1:18: 'A' is no volume name: a-z, 0-9, _ and - only");
	check_refused("volumes: [{name: ''}]\n",
		      "m:1:18: '' is no volume name: a-z, 0-9, _ and - only");
	check_refused("volumes: [{}]\n", "m:1:11: a volume needs a name");
	check_refused("volumes: [{name: a}, {name: a}]\n",
		      "m:1:29: the volume 'a' stands here twice");
	check_refused("volumes: [{name: a, format: ext4}]\n",
		      "m:1:29: 'ext4' is no volume format: filesystem or oci");
}

TEST(a_label_is_an_entry_without_name_and_image)
{
	SCOPED(yml_document) document = { 0 };
	SCOPED(err) err = { 0 };
	struct entry entry = { 0 };

	CHECK_INT(entry_decode_label(&entry, &document, "img",
				     "{\"binds\":[\"/a:/b\"],\"net\":\"host\"}",
				     &err),
		  0);
	CHECK_STR(entry.binds.items[0], "/a:/b");
	CHECK_STR(entry.net.text, "host");
}

static void check_label(const char *text, const char *wanted)
{
	SCOPED(yml_document) document = { 0 };
	SCOPED(err) err = { 0 };
	struct entry entry = { 0 };

	CHECK_INT(entry_decode_label(&entry, &document, "img", text, &err), -1);
	CHECK_STR(err.msg, wanted);
}

TEST(a_wrong_label_is_told_with_its_image)
{
	check_label(
		"[1]",
		"img: org.mobyproject.config: label:1:1: the document: a list where a mapping is wanted");
	check_label(
		"{\"name\":\"x\"}",
		"img: org.mobyproject.config: label:1:1: a label cannot set name or image");
	check_label(
		"{\"bindz\":[]}",
		"img: org.mobyproject.config: label:1:2: unknown key 'bindz' in an entry; is it 'binds'?");
	check_label(
		"{\"security\":\"hardened\"}",
		"img: org.mobyproject.config: label:1:13: a label cannot set security: that is the manifest's");
	check_label(
		"{\"requires\":[\"db\"]}",
		"img: org.mobyproject.config: label:1:13: a label cannot set after or requires: it does not know the services");
	check_label(
		"{\"readiness\":{}}",
		"img: org.mobyproject.config: label:1:14: readiness needs exactly one of fd, socket and command");
	check_label(
		"{",
		"img: org.mobyproject.config: label:2:1: did not find expected node content");
}

TEST(an_empty_label_sets_nothing)
{
	SCOPED(yml_document) document = { 0 };
	SCOPED(err) err = { 0 };
	struct entry entry = { 0 };

	CHECK_INT(entry_decode_label(&entry, &document, "img", "", &err), 0);
	CHECK(!entry.at);
}

/* The id of onboot[0].uid. */
static int id_of(const char *uid, uint32_t *id, struct err *err)
{
	SCOPED(manifest) manifest = { 0 };
	const struct entry *entry;
	char text[300];

	snprintf(text, sizeof(text),
		 "onboot: [{name: a, image: i, uid: %s}, {name: b, image: i}]\n"
		 "onshutdown: [{name: b, image: i}]\n"
		 "services: [{name: c, image: i}, {name: root, image: i}]\n",
		 uid);
	decode(&manifest, text);
	entry = manifest.sections[SECTION_ONBOOT].items;
	return entry_id(&entry->uid, &manifest, id, err);
}

TEST(ids_are_numbers_or_names_of_entries)
{
	static const struct {
		const char *text;
		uint32_t id;
	} rows[] = {
		{ "0", 0 },   { "1000", 1000 }, { "'1000'", 1000 },
		{ "''", 0 },  { "root", 0 },    { "a", 100 },
		{ "b", 102 }, { "c", 103 },     { "4294967295", UINT32_MAX },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(err) err = { 0 };
		uint32_t id = 7;

		if (id_of(rows[i].text, &id, &err) < 0)
			UNIT_FAIL("%s", err.msg);
		CHECK_INT(id, rows[i].id);
	}
}

TEST(ids_that_wrap_around_are_refused)
{
	static const char *const wrong[] = { "-1",           "4294967296",
					     "'4294967296'", "'-1'",
					     "nobody",       "'1 '" };

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		SCOPED(err) err = { 0 };
		uint32_t id;

		CHECK_INT(id_of(wrong[i], &id, &err), -1);
		CHECK_INT(err.fault, FAULT_INPUT);
	}
}

static void check_package(const char *text, const char *wanted)
{
	SCOPED(pkgfile) pkgfile = { 0 };
	SCOPED(err) err = { 0 };

	CHECK_INT(pkgfile_decode(&pkgfile, "b", text, strlen(text), &err), -1);
	CHECK_STR(err.msg, wanted);
}

TEST(a_package_has_an_image_and_plain_files)
{
	check_package("", "b: the file is empty");
	check_package("{}", "b:1:1: the package needs an image");
	check_package("image: x\nconfig: {name: y}\n",
		      "b:2:9: a label cannot set name or image");
	check_package("image: x\ncontents: {files: [{contents: y}]}\n",
		      "b:2:20: a file needs a path");
	check_package(
		"image: x\ncontents: {files: [{path: y}]}\n",
		"b:2:20: y: exactly one of contents, source and metadata is needed");
	check_package("imag: x\n",
		      "b:1:1: unknown key 'imag' in build.yml; is it 'image'?");
}
