/* SPDX-License-Identifier: Apache-2.0 */
/* A package: its name, known before it is built. */
#include "cmd/lib/build/package.h"

#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/build/files.h"
#include "cmd/lib/oci/ref.h"

/* Changes whenever equal sources would make another image. */
#define BUILDER "kitbuild package, version 2"
#define DEFAULT_ORG "kitbuild"
#define TAG_DIGITS 40
#define HASH_WORD "{{.Hash}}"
#define ARCH_WORD "{{.Arch}}"
#define BUILD_YML_MAX ((size_t)1 << 20)

void package_release(struct package *package)
{
	free(package->folder);
	free(package->name);
	strv_release(&package->sources);
	pkgfile_release(&package->file);
	*package = (struct package){ 0 };
}

/* A template's one word, replaced where it first stands; caller frees. */
static char *expanded(const char *template, const char *word, const char *by)
{
	const char *found = strstr(template, word);

	if (!found)
		return xstrdup(template);
	return xasprintf("%.*s%s%s", (int)(found - template), template, by,
			 found + strlen(word));
}

/* Programs that were compiled lie in a folder for each architecture. */
static void expand_sources(struct package *package, const char *arch)
{
	struct file *files = package->file.contents.files.items;

	for (size_t i = 0; i < package->file.contents.files.count; i++) {
		const char *source = files[i].source.text;
		SCOPED_FREE char *path = NULL;

		if (!source || !strstr(source, ARCH_WORD))
			continue;
		path = expanded(source, ARCH_WORD, arch);
		strv_add(&package->sources, path);
		files[i].source.text =
			package->sources.items[package->sources.count - 1];
	}
}

static int hash_file(struct sha256 *hash, const struct file *file,
		     struct err *err)
{
	SCOPED_FREE char *path = NULL;
	SCOPED(buf) content = { .max_bytes = (size_t)256 << 20 };

	if (!file->source.at)
		return 0;
	path = source_path(&file->source);
	if (!path && file->optional.value)
		return 0;
	if (!path)
		return yml_fail(file->source.at, err, "there is no file %s",
				file->source.text);
	if (buf_read_file(&content, path, err) < 0)
		return yml_wrap(file->source.at, err);
	sha256_add_str(hash, file->path.text);
	sha256_add_u64(hash, content.size);
	sha256_add(hash, buf_text(&content), content.size);
	return 0;
}

static int hash_sources(const struct package *package, const struct buf *yml,
			const char *arch, struct digest *digest,
			struct err *err)
{
	const struct file *files = package->file.contents.files.items;
	SCOPED(sha256) hash = { 0 };

	sha256_start(&hash);
	sha256_add_str(&hash, BUILDER);
	sha256_add_str(&hash, arch);
	sha256_add_str(&hash, buf_text(yml));
	for (size_t i = 0; i < package->file.contents.files.count; i++)
		if (hash_file(&hash, &files[i], err) < 0)
			return -1;
	*digest = sha256_finish(&hash);
	return 0;
}

static char *make_tag(const struct pkgfile *file, const char *hash)
{
	SCOPED_FREE char *digits = xasprintf("%.*s", TAG_DIGITS, hash);

	return expanded(file->tag.at ? file->tag.text : HASH_WORD, HASH_WORD,
			digits);
}

static int check_arch(const struct pkgfile *file, const char *arch,
		      struct err *err)
{
	for (size_t i = 0; i < file->arches.count; i++)
		if (strcmp(file->arches.items[i], arch) == 0)
			return 0;
	if (!file->arches.at)
		return 0;
	return yml_fail(file->arches.at, err,
			"the package cannot be built for %s", arch);
}

int package_open(struct package *package, const char *folder, const char *arch,
		 struct err *err)
{
	SCOPED_FREE char *path = path_join(folder, "build.yml");
	SCOPED(buf) text = { .max_bytes = BUILD_YML_MAX };
	SCOPED(oci_ref) ref = { 0 };
	SCOPED_FREE char *tag = NULL;
	const struct pkgfile *file = &package->file;
	char hex[DIGEST_HEX_SIZE];
	struct digest digest;

	if (!path_exists(path))
		return err_set(err, FAULT_INPUT,
			       "%s is no package: there is no %s", folder,
			       path);
	if (buf_read_file(&text, path, err) < 0 ||
	    pkgfile_decode(&package->file, path, buf_text(&text), text.size,
			   err) < 0 ||
	    check_arch(file, arch, err) < 0)
		return -1;
	expand_sources(package, arch);
	if (hash_sources(package, &text, arch, &digest, err) < 0)
		return -1;
	tag = make_tag(file, digest_hex(&digest, hex));
	package->folder = xstrdup(folder);
	package->name = xasprintf("docker.io/%s/%s:%s",
				  file->org.at ? file->org.text : DEFAULT_ORG,
				  file->image.text, tag);
	if (oci_ref_parse(&ref, package->name, err) < 0)
		return yml_wrap(file->image.at, err);
	return 0;
}
