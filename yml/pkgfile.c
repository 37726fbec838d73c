/* SPDX-License-Identifier: Apache-2.0 */
/* The table of build.yml. */
#include "yml/pkgfile.h"

#include "yml/rows.h"

static const struct field debian_fields[] = {
	STRS(debian, packages, "packages", "package names, also NAME=VERSION"),
	STR(debian, suite, "suite", "release to take them from; bookworm"),
	STRS(debian, mirrors, "mirrors",
	     "archives or one-line sources instead of the default"),
	STRS(debian, unpack, "unpack",
	     "patterns of the packages, with all they depend on, to unpack; all"),
	END,
};
static const struct schema debian_schema =
	SCHEMA(debian, "debian", debian_fields);

static const struct field contents_fields[] = {
	STRUCT(contents, debian, "debian", debian_schema,
	       "files of Debian packages"),
	STRS(contents, exclude, "exclude", "patterns of paths to leave out"),
	BOOL(contents, kernel, "kernel",
	     "make a kernel image of boot/vmlinuz-* and lib/modules"),
	LIST(contents, files, "files", file_schema,
	     "files of the package's own; {{.Arch}} in a source is amd64, ..."),
	END,
};
static const struct schema contents_schema =
	SCHEMA(contents, "contents", contents_fields);

static const struct field pkgfile_fields[] = {
	STR(pkgfile, image, "image", "image name without the organisation"),
	STR(pkgfile, org, "org", "organisation; kitbuild"),
	STR(pkgfile, tag, "tag", "template for the tag; {{.Hash}}"),
	STR(pkgfile, dockerfile, "dockerfile",
	    "built by an engine; not with contents"),
	STRS(pkgfile, arches, "arches", "architectures it can be built for"),
	STRS(pkgfile, extra_sources, "extra-sources",
	     "more source trees, source:destination"),
	STR(pkgfile, gitrepo, "gitrepo", "where the source is published"),
	BOOL(pkgfile, network, "network",
	     "give the engine's build network access"),
	BOOL(pkgfile, disable_cache, "disable-cache",
	     "make the engine build everything anew"),
	STRUCT(pkgfile, config, "config", entry_schema,
	       "defaults for entries that use the image"),
	STRS(pkgfile, build_args, "buildArgs",
	     "arguments for the engine, NAME=VALUE"),
	IGNORED("depends", "images the engine needs"),
	STRUCT(pkgfile, contents, "contents", contents_schema,
	       "what the image holds, built without an engine"),
	END,
};
const struct schema pkgfile_schema =
	SCHEMA(pkgfile, "build.yml", pkgfile_fields);

void pkgfile_release(struct pkgfile *pkgfile)
{
	yml_document_release(&pkgfile->document);
	*pkgfile = (struct pkgfile){ 0 };
}

static void check(const struct pkgfile *pkgfile, struct yml_report *report)
{
	const struct file *files = pkgfile->contents.files.items;

	if (!val_text(&pkgfile->image, NULL))
		yml_report_add(report, pkgfile->at,
			       "the package needs an image");
	label_check(&pkgfile->config, report);
	for (size_t i = 0; i < pkgfile->contents.files.count; i++) {
		file_check(&files[i], report);
		if (files[i].metadata.at)
			yml_report_add(report, files[i].metadata.at,
				       "a package has no metadata");
	}
}

int pkgfile_decode(struct pkgfile *pkgfile, const char *name, const char *text,
		   size_t size, struct err *err)
{
	struct yml_document *document = &pkgfile->document;
	SCOPED(yml_report) report = { 0 };

	if (yml_parse(document, name, text, size, err) < 0)
		return -1;
	if (!document->root)
		return err_set(err, FAULT_INPUT, "%s: the file is empty", name);
	decode_struct(&pkgfile_schema, document->root, &document->arena,
		      pkgfile, &report);
	if (yml_report_end(&report, err) < 0)
		return -1;
	check(pkgfile, &report);
	return yml_report_end(&report, err);
}
