/* SPDX-License-Identifier: Apache-2.0 */
/* kitbuild build: a manifest becomes the files of one or more formats. */
#include "cmd/kitbuild/verb.h"

#include <string.h>

#include "cmd/kitbuild/manifests.h"
#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/clock.h"
#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "formats/format.h"
#include "yml/emit.h"
#include "yml/policy.h"
#include "yml/schema.h"

#define RPI_FIRMWARE "/usr/lib/raspi-firmware"
#define POLICY_MAX_BYTES ((size_t)16 << 20)

struct build_options {
	struct strv formats;
	char *name, *dir, *output, *arch;
	bool decompress_kernel, no_lock, docker;
	bool pull, list_formats, dry_run, print_schema, print_reference;
	char *sbom_output, *input_tar, *policy, *efi_stub, *root, *data,
		*rpi_firmware;
	char *sign_key, *sign_cert, *sign_digest, *sign_attach, *pcr_json;
	uint64_t size_bytes, memory_bytes;
	bool no_sbom, sbom_current_time;
};

#define FIELD(member) offsetof(struct build_options, member)

static const struct opt build_opts[] = {
	{ 'f', "format", "NAME", OPT_LIST, FIELD(formats),
	  "write this format; repeatable; default: kernel+initrd" },
	{ 0, "name", "NAME", OPT_STRING, FIELD(name),
	  "base name of the files; default: the manifest's" },
	{ 0, "dir", "DIR", OPT_STRING, FIELD(dir),
	  "where the files go; default: here" },
	{ 'o', "output", "FILE", OPT_STRING, FIELD(output),
	  "the one file to write; - is standard output" },
	{ 0, "o", "FILE", OPT_STRING, FIELD(output), NULL },
	{ 0, "arch", "ARCH", OPT_STRING, FIELD(arch),
	  "amd64, arm64 or riscv64; default: this machine's" },
	{ 0, "pull", NULL, OPT_FLAG, FIELD(pull),
	  "ask the registry even for images that are here" },
	{ 0, "docker", NULL, OPT_FLAG, FIELD(docker),
	  "take images that the Docker daemon has from there" },
	{ 0, "no-lock", NULL, OPT_FLAG, FIELD(no_lock),
	  "take no notice of a lock file beside the manifest" },
	{ 0, "policy", "FILE", OPT_STRING, FIELD(policy),
	  "rules that images have to meet, beside the manifest's own" },
	{ 0, "decompress-kernel", NULL, OPT_FLAG, FIELD(decompress_kernel),
	  "put the kernel proper into the image, not one that unpacks itself" },
	{ 0, "no-sbom", NULL, OPT_FLAG, FIELD(no_sbom),
	  "leave out the list of what the image is made of" },
	{ 0, "sbom-output", "PATH", OPT_STRING, FIELD(sbom_output),
	  "its place in the image; default: sbom.spdx.json" },
	{ 0, "sbom-current-time", NULL, OPT_FLAG, FIELD(sbom_current_time),
	  "date it today: every build differs" },
	{ 0, "size", "SIZE", OPT_GIB, FIELD(size_bytes),
	  "of disk images; a bare number is GiB; default: auto, as it needs" },
	{ 0, "root", "KIND", OPT_STRING, FIELD(root),
	  "of disk images: initrd, squashfs or erofs; default: auto, by its size" },
	{ 0, "data", "SIZE[:FOLDER]", OPT_STRING, FIELD(data),
	  "of disk images: a partition that is kept, at " DATA_FOLDER },
	{ 0, "efi-stub", "FILE", OPT_STRING, FIELD(efi_stub),
	  "what UEFI starts in disk images; default: systemd's stub" },
	{ 0, "rpi-firmware", "DIR", OPT_STRING, FIELD(rpi_firmware),
	  "for rpi3; default: " RPI_FIRMWARE ", as Debian has it" },
	{ 0, "mem", "MIB", OPT_MIB, FIELD(memory_bytes),
	  "warn when machines of so much memory cannot unpack the initrd" },
	{ 0, "sign-key", "FILE", OPT_STRING, FIELD(sign_key),
	  "sign what UEFI starts, with this private key" },
	{ 0, "sign-cert", "FILE", OPT_STRING, FIELD(sign_cert),
	  "the certificate of the key that signs" },
	{ 0, "sign-digest", "FILE", OPT_STRING, FIELD(sign_digest),
	  "write what a key that is elsewhere has to sign" },
	{ 0, "sign-attach", "FILE", OPT_STRING, FIELD(sign_attach),
	  "take this signature, made elsewhere" },
	{ 0, "pcr-json", "FILE", OPT_STRING, FIELD(pcr_json),
	  "write what PCR 11 of the machine's TPM will hold" },
	{ 0, "input-tar", "FILE", OPT_STRING, FIELD(input_tar),
	  "an earlier root archive; accepted, the cache makes it needless" },
	{ 0, "dry-run", NULL, OPT_FLAG, FIELD(dry_run),
	  "print the manifest as it is understood and stop" },
	{ 0, "list-formats", NULL, OPT_FLAG, FIELD(list_formats),
	  "list the formats and stop" },
	{ 0, "print-schema", NULL, OPT_FLAG, FIELD(print_schema),
	  "print a JSON Schema of manifests, for editors, and stop" },
	{ 0, "print-reference", NULL, OPT_FLAG, FIELD(print_reference),
	  "print the manual of manifests, in Markdown, and stop" },
	{ 0 },
};

static void list_formats(void)
{
	for (size_t i = 0; format_table[i]; i++)
		printf("%-18s %s\n%-18s writes %s\n", format_table[i]->name,
		       format_table[i]->help, "", format_table[i]->files);
}

static void print_text(void (*write)(struct buf *text))
{
	SCOPED(buf) text = { 0 };

	write(&text);
	fputs(buf_text(&text), stdout);
}

/* What is asked for instead of a build; false: nothing. */
static bool print_instead(const struct build_options *options)
{
	if (options->list_formats)
		list_formats();
	else if (options->print_schema)
		print_text(manifest_json_schema);
	else if (options->print_reference)
		print_text(manifest_reference);
	else
		return false;
	return true;
}

/* The formats asked for: at least one, at most as many as there are. */
struct chosen {
	const struct format *formats[32];
	size_t count;
	struct format_options options;
	struct signing signing;
};

static void chosen_release(struct chosen *chosen)
{
	signing_release(&chosen->signing);
	data_options_release(&chosen->options.data);
}

static int choose_signing(struct chosen *chosen,
			  const struct build_options *options, struct err *err)
{
	bool asked = options->sign_key || options->sign_digest ||
		     options->sign_attach;

	if (options->sign_key && (options->sign_attach || options->sign_digest))
		return err_set(
			err, FAULT_INPUT,
			"--sign-key signs here, --sign-digest and --sign-attach elsewhere; take one of the two");
	if (asked && !options->sign_cert)
		return err_set(err, FAULT_INPUT,
			       "to sign takes --sign-cert, too");
	chosen->signing.certificate = asked ? options->sign_cert : NULL;
	chosen->signing.key = options->sign_key;
	chosen->signing.attach = options->sign_attach;
	if (asked || options->pcr_json)
		chosen->options.signing = &chosen->signing;
	return 0;
}

/* What was noted while the program for UEFI was made. */
static int write_notes(const struct chosen *chosen,
		       const struct build_options *options, struct err *err)
{
	const struct signing *signing = &chosen->signing;
	char hex[DIGEST_HEX_SIZE];
	SCOPED_FREE char *json =
		xasprintf("{\"pcrs\": {\"11\": {\"sha256\": \"%s\"}}}\n",
			  digest_hex(&signing->pcr11, hex));

	if (!chosen->options.signing)
		return 0;
	if (!signing->measured)
		return err_set(
			err, FAULT_INPUT,
			"none of the formats has a program for UEFI that could be signed or measured");
	log_info("PCR 11 will be %s", hex);
	if (options->pcr_json &&
	    path_write_file(options->pcr_json, json, strlen(json), err) < 0)
		return -1;
	if (!options->sign_digest)
		return 0;
	return path_write_file(options->sign_digest,
			       buf_text(&signing->to_be_signed),
			       signing->to_be_signed.size, err);
}

/* Formats that are no disks may be made beside one that is. */
static int choose_data(struct chosen *chosen, const char *data, struct err *err)
{
	bool disk = false;

	if (!data)
		return 0;
	for (size_t i = 0; i < chosen->count; i++)
		disk |= format_is_disk(chosen->formats[i]);
	if (!disk)
		return err_set(
			err, FAULT_INPUT,
			"--data is for disk images, such as raw and qcow2, and none is asked for");
	return data_options_parse(&chosen->options.data, data, err);
}

/* By name; without one LinuxKit's default, and a tar where one file is asked
 * for. */
static int choose_names(struct chosen *chosen,
			const struct build_options *options, struct err *err)
{
	const struct strv *names = &options->formats;

	if (names->count == 0) {
		chosen->formats[0] =
			options->output ? &format_tar : &format_kernel_initrd;
		chosen->count = 1;
	}
	if (names->count > ARRAY_LEN(chosen->formats))
		return err_set(err, FAULT_INPUT, "too many formats");
	for (size_t i = 0; i < names->count; i++)
		if (format_find(&chosen->formats[chosen->count++],
				names->items[i], err) < 0)
			return -1;
	return 0;
}

static int check_output(const struct chosen *chosen,
			const struct build_options *options, struct err *err)
{
	const struct format *only =
		chosen->count == 1 ? chosen->formats[0] : NULL;

	if (!options->output)
		return 0;
	if (!only || !only->streamable)
		return err_set(
			err, FAULT_INPUT,
			"--output needs one format that is a single file, such as tar");
	if (options->name || options->dir)
		return err_set(
			err, FAULT_INPUT,
			"--output cannot be combined with --name or --dir");
	return 0;
}

static int choose_formats(struct chosen *chosen,
			  const struct build_options *options, struct err *err)
{
	chosen->options = (struct format_options){
		.efi_stub = options->efi_stub,
		.rpi_firmware = options->rpi_firmware ? options->rpi_firmware
						      : RPI_FIRMWARE,
		.size_bytes = options->size_bytes,
		.memory_bytes = options->memory_bytes,
	};
	if (choose_signing(chosen, options, err) < 0)
		return -1;
	if (options->root &&
	    root_kind_parse(&chosen->options.root, options->root, err) < 0)
		return -1;
	if (choose_names(chosen, options, err) < 0 ||
	    choose_data(chosen, options->data, err) < 0)
		return -1;
	return check_output(chosen, options, err);
}

/*
 * LinuxKit takes parts that have not changed out of the earlier archive. Here
 * packed parts come from the cache, and what lies under a part that has gone
 * could not be told from the archive.
 */
static int check_input_tar(const struct build_options *options, struct err *err)
{
	const char *path = options->input_tar;
	SCOPED_FD int fd = -1;
	uint64_t size;

	if (!path)
		return 0;
	if (options->pull)
		return err_set(err, FAULT_INPUT,
			       "--input-tar cannot be combined with --pull");
	if (options->output && strcmp(options->output, path) == 0)
		return err_set(err, FAULT_INPUT,
			       "--input-tar and --output name the same file");
	if (!path_exists(path))
		return err_set(err, FAULT_INPUT, "there is no file %s", path);
	return fd_open_regular(&fd, path, &size, err);
}

static int write_formats(const struct chosen *chosen, struct image *image,
			 struct output *output, struct err *err)
{
	for (size_t i = 0; i < chosen->count; i++)
		if (format_write(chosen->formats[i], image, &chosen->options,
				 output, err) < 0)
			return -1;
	return 0;
}

static void report(const struct output *output)
{
	for (size_t i = 0; i < output->final.count; i++)
		log_info("wrote %s", output->final.items[i]);
}

static int assemble_and_write(const struct build *build,
			      const struct chosen *chosen,
			      const struct build_options *options,
			      struct output *output, struct err *err)
{
	SCOPED(image) image = { .spool = SPOOL_INIT };

	if (image_init(&image, err) < 0 ||
	    build_assemble(build, &image, err) < 0)
		return -1;
	log_info("write %s%s", output->file ? output->file : output->prefix,
		 output->file ? "" : "-*");
	if (write_formats(chosen, &image, output, err) < 0 ||
	    write_notes(chosen, options, err) < 0)
		return -1;
	return output_commit(output, err);
}

static int print_manifest(const struct manifest *manifest, struct err *err)
{
	SCOPED(buf) text = { 0 };

	if (manifest_emit(&text, manifest, EMIT_YAML, NULL, err) < 0)
		return -1;
	fputs(buf_text(&text), stdout);
	return 0;
}

static int check_directory(const char *directory, struct err *err)
{
	if (directory && !path_exists(directory))
		return err_set(err, FAULT_INPUT,
			       "the directory %s does not exist", directory);
	return 0;
}

static int choose_sbom(struct sbom *sbom, const struct build_options *options,
		       struct err *err)
{
	sbom->path = options->sbom_output ? options->sbom_output : SBOM_PATH;
	if (!*sbom->path)
		return err_set(err, FAULT_INPUT,
			       "--sbom-output needs the name of a file");
	sbom->created_s =
		options->sbom_current_time ? clock_now_s() : CLOCK_BUILD_TIME;
	return 0;
}

static int read_policy(struct policy *policy, const char *path, struct err *err)
{
	SCOPED(buf) text = { .max_bytes = POLICY_MAX_BYTES };

	if (!path)
		return 0;
	if (!path_exists(path))
		return err_set(err, FAULT_INPUT, "there is no policy %s", path);
	if (buf_read_file(&text, path, err) < 0)
		return -1;
	return policy_decode(policy, path, &text, err);
}

static int build_one(const struct build_options *options,
		     const struct global_options *global,
		     const struct strv *paths, struct chosen *chosen,
		     struct err *err)
{
	const char *last = paths->items[paths->count - 1];
	SCOPED_FREE char *name = options->name ? xstrdup(options->name)
					       : manifest_base_name(last);
	SCOPED_FREE char *prefix =
		path_join(options->dir ? options->dir : "", name);
	SCOPED(output) output = { .prefix = prefix, .file = options->output };
	SCOPED_FREE char *arch = NULL;
	SCOPED_FREE char *packed = NULL;
	SCOPED(context) context = { 0 };
	SCOPED(manifests) manifests = { 0 };
	struct manifests_request request = {
		.paths = paths,
		.global = global,
		.no_lock = options->no_lock,
	};
	SCOPED(sbom) sbom = { 0 };
	SCOPED(policy) policy = { 0 };
	struct build build = {
		.manifest = &manifests.merged,
		.plan = &manifests.plan,
		.offline = global->offline,
		.pull = options->pull,
		.decompress_kernel = options->decompress_kernel,
		.policy = &policy.rules,
		.sbom = options->no_sbom ? NULL : &sbom,
	};

	if (context_arch(options->arch, &arch, err) < 0)
		return -1;
	request.arch = build.arch = chosen->options.arch = arch;
	if (choose_sbom(&sbom, options, err) < 0 ||
	    check_input_tar(options, err) < 0 ||
	    read_policy(&policy, options->policy, err) < 0 ||
	    manifests_read(&manifests, &request, err) < 0)
		return -1;
	if (options->dry_run)
		return print_manifest(build.manifest, err);
	if (check_directory(options->dir, err) < 0 ||
	    context_open(&context, global, err) < 0)
		return -1;
	build.store = context.store;
	build.client = context.client;
	if (options->docker && !options->pull)
		build_use_docker(&build, &manifests.plan);
	packed = path_join(context.cache_path, "packed");
	chosen->options.pack_cache = packed;
	if (build_fetch(&build, err) < 0 ||
	    assemble_and_write(&build, chosen, options, &output, err) < 0)
		return -1;
	report(&output);
	return 0;
}

static int run_build(struct verb_args *args, struct err *err)
{
	const struct build_options *options = args->options;
	SCOPED(chosen) chosen = { 0 };

	if (print_instead(options))
		return 0;
	if (args->rest->count == 0)
		return err_set(err, FAULT_INPUT,
			       "usage: kitbuild build [options] MANIFEST...");
	if (choose_formats(&chosen, options, err) < 0)
		return -1;
	return build_one(options, args->global, args->rest, &chosen, err);
}

const struct verb verb_build = {
	.name = "build",
	.args = "MANIFEST...",
	.summary = "build the image that a manifest describes",
	.details =
		"MANIFEST is a YAML file as LinuxKit reads it, an http:// or https:// URL of one,\n"
		"or - for standard input; several are read as one, and the last one names the\n"
		"files. Images are fetched once and kept; when there is a NAME.lock beside\n"
		"NAME.yml, they are taken by its digests (kitbuild lock writes it). @pkg:PATH\n"
		"stands for the package in that folder, which is built when it is not there yet.\n"
		"The files appear complete or not at all, and the same input gives the same\n"
		"bytes.",
	.opts = build_opts,
	.options_size = sizeof(struct build_options),
	.min_rest = 0,
	.max_rest = REST_ANY,
	.run = run_build,
};
