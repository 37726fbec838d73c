/* SPDX-License-Identifier: Apache-2.0 */
/* The table of build.yml. */
#include "yml/pkgfile.h"

#include <stddef.h>
#include <string.h>

static const struct field debian_fields[] = {
	{ "packages", FIELD_STRS, offsetof(struct debian, packages), NULL,
	  "package names, also NAME=VERSION" },
	{ "suite", FIELD_STR, offsetof(struct debian, suite), NULL,
	  "release to take them from; bookworm" },
	{ "mirrors", FIELD_STRS, offsetof(struct debian, mirrors), NULL,
	  "archives or one-line sources instead of the default" },
	{ "unpack", FIELD_STRS, offsetof(struct debian, unpack), NULL,
	  "patterns of the packages, with all they depend on, to unpack; all" },
	{ 0 },
};
static const struct schema debian_schema = { "debian", debian_fields,
					     sizeof(struct debian),
					     offsetof(struct debian, at) };

static const struct field contents_fields[] = {
	{ "debian", FIELD_STRUCT, offsetof(struct contents, debian),
	  &debian_schema, "files of Debian packages" },
	{ "exclude", FIELD_STRS, offsetof(struct contents, exclude), NULL,
	  "patterns of paths to leave out" },
	{ "kernel", FIELD_BOOL, offsetof(struct contents, kernel), NULL,
	  "make a kernel image of boot/vmlinuz-* and lib/modules" },
	{ "files", FIELD_LIST, offsetof(struct contents, files), &file_schema,
	  "files of the package's own" },
	{ 0 },
};
static const struct schema contents_schema = { "contents", contents_fields,
					       sizeof(struct contents),
					       offsetof(struct contents, at) };

static const struct field pkgfile_fields[] = {
	{ "image", FIELD_STR, offsetof(struct pkgfile, image), NULL,
	  "image name without the organisation" },
	{ "org", FIELD_STR, offsetof(struct pkgfile, org), NULL,
	  "organisation; kitbuild" },
	{ "tag", FIELD_STR, offsetof(struct pkgfile, tag), NULL,
	  "template for the tag; {{.Hash}}" },
	{ "dockerfile", FIELD_STR, offsetof(struct pkgfile, dockerfile), NULL,
	  "built by an engine; not with contents" },
	{ "arches", FIELD_STRS, offsetof(struct pkgfile, arches), NULL,
	  "architectures it can be built for" },
	{ "extra-sources", FIELD_STRS, offsetof(struct pkgfile, extra_sources),
	  NULL, "more source trees, source:destination" },
	{ "gitrepo", FIELD_STR, offsetof(struct pkgfile, gitrepo), NULL,
	  "where the source is published" },
	{ "network", FIELD_BOOL, offsetof(struct pkgfile, network), NULL,
	  "give the engine's build network access" },
	{ "disable-cache", FIELD_BOOL, offsetof(struct pkgfile, disable_cache),
	  NULL, "make the engine build everything anew" },
	{ "config", FIELD_STRUCT, offsetof(struct pkgfile, config),
	  &entry_schema, "defaults for entries that use the image" },
	{ "buildArgs", FIELD_STRS, offsetof(struct pkgfile, build_args), NULL,
	  "arguments for the engine, NAME=VALUE" },
	{ "depends", FIELD_IGNORED, 0, NULL, "images the engine needs" },
	{ "contents", FIELD_STRUCT, offsetof(struct pkgfile, contents),
	  &contents_schema, "what the image holds, built without an engine" },
	{ 0 },
};
const struct schema pkgfile_schema = { "build.yml", pkgfile_fields,
				       sizeof(struct pkgfile),
				       offsetof(struct pkgfile, at) };

void pkgfile_release(struct pkgfile *pkgfile)
{
	yml_document_release(&pkgfile->document);
	*pkgfile = (struct pkgfile){ 0 };
}

static int check(const struct pkgfile *pkgfile, struct err *err)
{
	const struct file *files = pkgfile->contents.files.items;

	if (!pkgfile->image.at || !*pkgfile->image.text)
		return yml_fail(pkgfile->at, err, "the package needs an image");
	if (pkgfile->config.name.at || pkgfile->config.image.at)
		return yml_fail(pkgfile->config.at, err,
				"config: a label cannot set name or image");
	for (size_t i = 0; i < pkgfile->contents.files.count; i++) {
		if (file_check(&files[i], err) < 0)
			return -1;
		if (files[i].metadata.at)
			return yml_fail(files[i].metadata.at, err,
					"a package has no metadata");
	}
	return 0;
}

int pkgfile_decode(struct pkgfile *pkgfile, const char *name, const char *text,
		   size_t size, struct err *err)
{
	struct yml_document *document = &pkgfile->document;

	if (yml_parse(document, name, text, size, err) < 0)
		return -1;
	if (!document->root)
		return err_set(err, FAULT_INPUT, "%s: the file is empty", name);
	if (decode_struct(&pkgfile_schema, document->root, &document->arena,
			  pkgfile, err) < 0)
		return -1;
	return check(pkgfile, err);
}
