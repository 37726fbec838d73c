/* SPDX-License-Identifier: Apache-2.0 */
/* kitbuild cache export and import: images as files. */
#include "cmd/kitbuild/verb.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "cmd/kitbuild/context.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/build/flatten.h"
#include "cmd/lib/image/tar.h"
#include "cmd/lib/oci/archive.h"
#include "cmd/lib/oci/ref.h"
#include "formats/output.h"

struct export_options {
	char *outfile, *format, *platform, *name;
};

#define FIELD(member) offsetof(struct export_options, member)

static const struct opt export_opts[] = {
	{ 0, "outfile", "FILE", OPT_STRING, FIELD(outfile),
	  "the file to write; - is standard output" },
	{ 0, "format", "NAME", OPT_STRING, FIELD(format),
	  "oci, docker or filesystem; default: oci" },
	{ 0, "platform", "OS/ARCH", OPT_STRING, FIELD(platform),
	  "which image of several; default: this machine's" },
	{ 0, "name", "NAME", OPT_STRING, FIELD(name),
	  "what the image is called in the file; default: as here" },
	{ 0 },
};

/* An image on its way out. */
struct outgoing {
	struct oci_store *store;
	const struct oci_image *image;
	const char *name;
};

typedef int (*write_fn)(const struct outgoing *outgoing, int fd,
			struct err *err);

static int write_oci(const struct outgoing *outgoing, int fd, struct err *err)
{
	const struct oci_export export = {
		.store = outgoing->store,
		.image = outgoing->image,
		.name = outgoing->name,
	};

	return oci_archive_write(&export, fd, err);
}

static int write_docker(const struct outgoing *outgoing, int fd,
			struct err *err)
{
	const struct oci_export export = {
		.store = outgoing->store,
		.image = outgoing->image,
		.name = outgoing->name,
		.docker = true,
	};

	return oci_archive_write(&export, fd, err);
}

static int write_filesystem(const struct outgoing *outgoing, int fd,
			    struct err *err)
{
	SCOPED_WRITER struct writer *to = writer_to_fd(fd, "the archive");
	SCOPED(image) image = { .spool = SPOOL_INIT };

	if (image_init(&image, err) < 0 ||
	    flatten_layers(&image.tree, &image.spool, outgoing->store,
			   outgoing->image, outgoing->name, err) < 0)
		return -1;
	return tar_write_tree(to, &image.tree, &image.spool, NULL, err);
}

/* NULL when there is no such format. */
static write_fn find_format(const char *name)
{
	static const struct {
		const char *name;
		write_fn write;
	} formats[] = {
		{ "oci", write_oci },
		{ "docker", write_docker },
		{ "filesystem", write_filesystem },
	};

	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return formats[i].write;
	return NULL;
}

static int load(struct oci_image *image, const struct context *context,
		const struct oci_ref *ref, const char *arch, struct err *err)
{
	if (oci_image_load(image, context->store, ref->name, arch, err) < 0)
		return -1;
	if (image->config)
		return 0;
	return err_set(
		err, FAULT_INPUT,
		"image %s: not in the cache %s for linux/%s; 'kitbuild cache pull --arch %s %s' fetches it",
		ref->name, context->cache_path, arch, arch, ref->name);
}

/* One platform of an index has not the digest of the index. */
static int check_name(const struct oci_ref *as, const struct oci_image *image,
		      struct err *err)
{
	if (!as->has_digest ||
	    digest_equal(&as->digest, &image->manifest_digest))
		return 0;
	return err_set(
		err, FAULT_INPUT,
		"%s is not the digest of one platform's image; --name gives it a name of its own",
		as->name);
}

static int write_file(const struct outgoing *outgoing, const char *file,
		      write_fn write, struct err *err)
{
	SCOPED(output) output = { .file = file };
	SCOPED_FD int fd = -1;

	if (output_open(&output, "", &fd, err) < 0 ||
	    write(outgoing, fd, err) < 0)
		return -1;
	return output_commit(&output, err);
}

static int cache_export(struct verb_args *args, struct err *err)
{
	const struct export_options *options = args->options;
	SCOPED(strv) names = { 0 };
	SCOPED(context) context = { 0 };
	SCOPED(oci_image) image = { 0 };
	SCOPED(oci_ref) ref = { 0 };
	SCOPED(oci_ref) as = { 0 };
	SCOPED_FREE char *arch = NULL;
	struct outgoing outgoing = { .image = &image };
	const char *format = options->format ? options->format : "oci";
	write_fn write = find_format(format);

	if (!options->outfile)
		return err_set(err, FAULT_INPUT,
			       "cache export needs --outfile FILE");
	if (!write)
		return err_set(err, FAULT_INPUT,
			       "unknown format '%s': oci, docker or filesystem",
			       format);
	if (context_arch(options->platform, &arch, err) < 0 ||
	    context_names(args->rest, &names, err) < 0 ||
	    oci_ref_parse(&ref, names.items[0], err) < 0 ||
	    oci_ref_parse_remote(&as,
				 options->name ? options->name : names.items[0],
				 err) < 0)
		return -1;
	if (context_open(&context, args->global, err) < 0 ||
	    load(&image, &context, &ref, arch, err) < 0 ||
	    check_name(&as, &image, err) < 0)
		return -1;
	outgoing.store = context.store;
	outgoing.name = as.name;
	if (write_file(&outgoing, options->outfile, write, err) < 0)
		return err_wrap(err, "image %s", ref.name);
	return 0;
}

const struct verb verb_cache_export = {
	.name = "cache export",
	.args = "IMAGE",
	.summary = "write an image of the cache into a file",
	.details =
		"One image, for one platform, as a tar: an OCI image layout that keeps its name, the same with what `docker load` reads, or its flattened root file system. Every blob is checked on the way. The file appears complete or not at all.",
	.opts = export_opts,
	.options_size = sizeof(struct export_options),
	.min_rest = 1,
	.max_rest = 1,
	.run = cache_export,
};

static int open_input(const char *path, int *fd, struct err *err)
{
	*fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO)
				     : open(path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0 && errno == ENOENT)
		return err_set(err, FAULT_INPUT, "there is no file %s", path);
	return *fd < 0 ? err_sys(err, "open %s", path) : 0;
}

static int cache_import(struct verb_args *args, struct err *err)
{
	const char *file = args->rest->items[0];
	SCOPED(context) context = { 0 };
	SCOPED(strv) names = { 0 };
	SCOPED_FD int fd = -1;

	if (open_input(file, &fd, err) < 0 ||
	    context_open(&context, args->global, err) < 0 ||
	    oci_archive_read(context.store, fd, file, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++)
		puts(names.items[i]);
	return 0;
}

const struct verb verb_cache_import = {
	.name = "cache import",
	.opts = opt_none,
	.args = "FILE",
	.summary = "take the images of a file into the cache",
	.details =
		"FILE is the tar of an OCI image layout, plain or compressed by gzip or zstd, or - for standard input. Every blob is checked against its digest before an image gets its name; the names are printed.",
	.min_rest = 1,
	.max_rest = 1,
	.run = cache_import,
};
