/* SPDX-License-Identifier: Apache-2.0 */
/* What `inspect` and `diff` look at. */
#include "cmd/kitbuild/subject.h"

#include <string.h>
#include <sys/stat.h>

#include "cmd/kitbuild/manifests.h"
#include "cmd/lib/base/clock.h"
#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/build/flatten.h"
#include "cmd/lib/image/reread.h"
#include "cmd/lib/oci/ref.h"

#define MAGIC_BYTES 263

/* What a file is, by its first bytes. */
enum kind { KIND_MANIFEST, KIND_TAR, KIND_INITRD };

static enum kind kind_of(const unsigned char *bytes, size_t size)
{
	static const struct {
		size_t offset;
		const char *magic;
		size_t length;
		enum kind kind;
	} kinds[] = {
		{ 257, "ustar", 5, KIND_TAR },
		{ 0, "070701", 6, KIND_INITRD },
		{ 0, "070702", 6, KIND_INITRD },
		{ 0, "\x1f\x8b", 2, KIND_INITRD },
		{ 0, "\x28\xb5\x2f\xfd", 4, KIND_INITRD },
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (size >= kinds[i].offset + kinds[i].length &&
		    memcmp(bytes + kinds[i].offset, kinds[i].magic,
			   kinds[i].length) == 0)
			return kinds[i].kind;
	return KIND_MANIFEST;
}

static int open_manifest(struct image *image,
			 const struct subject_request *request, struct err *err)
{
	SCOPED(strv) paths = { 0 };
	SCOPED(manifests) manifests = { 0 };
	SCOPED(context) context = { 0 };
	SCOPED(sbom)
	sbom = { .path = SBOM_PATH, .created_s = CLOCK_BUILD_TIME };
	const struct manifests_request wanted = {
		.paths = &paths,
		.arch = request->arch,
		.global = request->global,
	};
	struct build build = {
		.manifest = &manifests.merged,
		.plan = &manifests.plan,
		.arch = request->arch,
		.offline = request->global->offline,
		.sbom = &sbom,
	};

	strv_add(&paths, request->text);
	if (manifests_read(&manifests, &wanted, err) < 0 ||
	    context_open(&context, request->global, err) < 0)
		return -1;
	build.store = context.store;
	build.client = context.client;
	if (build_fetch(&build, err) < 0)
		return -1;
	return build_assemble(&build, image, err);
}

static int open_reference(struct image *image,
			  const struct subject_request *request,
			  struct err *err)
{
	SCOPED(context) context = { 0 };
	SCOPED(strv) said = { 0 };
	SCOPED(strv) names = { 0 };
	SCOPED(oci_image) loaded = { 0 };
	const struct oci_request wanted = { .names = &names,
					    .arch = request->arch };

	strv_add(&said, request->text);
	if (context_names(&said, &names, err) < 0 ||
	    context_open(&context, request->global, err) < 0 ||
	    oci_fetch(context.store, context.client, &wanted, err) < 0 ||
	    oci_image_load(&loaded, context.store, names.items[0],
			   request->arch, err) < 0)
		return -1;
	return flatten_each_layer(image, context.store, &loaded, request->text,
				  err);
}

static int open_file(struct image *image, const char *path, int fd,
		     enum kind kind, struct err *err)
{
	return kind == KIND_TAR ? reread_tar(image, fd, path, err)
				: reread_initrd(image, fd, path, err);
}

/* A file beside an initrd as a name of the root. */
static int add_part(struct image *image, const char *path, const char *name,
		    struct err *err)
{
	SCOPED_READER struct reader *reader = NULL;
	struct inode *inode;
	uint64_t size;
	int fd = -1;

	if (!path_exists(path))
		return 0;
	if (image_put_file(image, name, 0644, "", 0, err) < 0 ||
	    fd_open_regular(&fd, path, &size, err) < 0)
		return -1;
	reader = reader_from_fd_adopt(fd);
	inode = tree_lookup(&image->tree, image->tree.root, name, false)->inode;
	return spool_add_reader(&image->spool, reader, &inode->content, err);
}

static int open_parts(struct image *image, const char *base, const char *initrd,
		      struct err *err)
{
	static const struct {
		const char *suffix, *name;
	} parts[] = {
		{ "-kernel", "boot/kernel" },
		{ "-cmdline", "boot/cmdline" },
	};
	SCOPED_FD int fd = -1;
	uint64_t size;

	image_begin_segment(image, "kernel", base);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		SCOPED_FREE char *path =
			xasprintf("%s%s", base, parts[i].suffix);

		if (add_part(image, path, parts[i].name, err) < 0)
			return -1;
	}
	if (fd_open_regular(&fd, initrd, &size, err) < 0)
		return -1;
	return reread_initrd(image, fd, initrd, err);
}

static bool is_file(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Nobody's repository is called that. */
static bool looks_like_file(const char *text)
{
	static const char *const endings[] = { ".yml", ".yaml", ".tar",
					       ".img" };
	size_t length = strlen(text);

	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		size_t ending = strlen(endings[i]);

		if (length > ending &&
		    strcmp(text + length - ending, endings[i]) == 0)
			return true;
	}
	return text[0] == '/' || text[0] == '.';
}

/* "oci:x.tar" is an image, whatever it ends in. */
static bool is_local_image(const char *text)
{
	SCOPED(err) ignored = { 0 };
	SCOPED(oci_ref) ref = { 0 };

	return oci_ref_parse(&ref, text, &ignored) == 0 &&
	       ref.source != OCI_SOURCE_REGISTRY;
}

int subject_open(struct image *image, const struct subject_request *request,
		 struct err *err)
{
	const char *text = request->text;
	SCOPED_FREE char *initrd = xasprintf("%s-initrd.img", text);
	unsigned char bytes[MAGIC_BYTES] = { 0 };
	SCOPED_FD int fd = -1;
	enum kind kind;
	uint64_t size;

	if (manifest_is_url(text))
		return open_manifest(image, request, err);
	if (!is_file(text) && is_file(initrd))
		return open_parts(image, text, initrd, err);
	if (!is_file(text) && is_local_image(text))
		return open_reference(image, request, err);
	if (!is_file(text) && looks_like_file(text))
		return err_set(err, FAULT_INPUT, "there is no file %s", text);
	if (!is_file(text))
		return open_reference(image, request, err);
	if (fd_open_regular(&fd, text, &size, err) < 0)
		return -1;
	if (size > sizeof(bytes))
		size = sizeof(bytes);
	if (fd_read_at(fd, bytes, (size_t)size, 0, err) < 0)
		return -1;
	kind = kind_of(bytes, (size_t)size);
	if (kind == KIND_MANIFEST)
		return open_manifest(image, request, err);
	return open_file(image, text, fd, kind, err);
}
