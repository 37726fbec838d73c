/* SPDX-License-Identifier: Apache-2.0 */
/* kitbuild lock: which digests a manifest's images stand for. */
#include "cmd/kitbuild/verb.h"

#include <string.h>

#include "cmd/kitbuild/manifests.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/oci/store.h"

struct lock_options {
	char *arch, *output;
	bool update;
};

#define FIELD(member) offsetof(struct lock_options, member)

static const struct opt lock_opts[] = {
	{ 0, "update", NULL, OPT_FLAG, FIELD(update),
	  "ask anew what every name stands for, not only the new ones" },
	{ 'o', "output", "FILE", OPT_STRING, FIELD(output),
	  "where the lock goes; default: NAME.lock beside NAME.yml" },
	{ 0, "arch", "ARCH", OPT_STRING, FIELD(arch),
	  "amd64, arm64 or riscv64; default: this machine's" },
	{ 0 },
};

/* The references that need a pin, sorted, and what they are pinned to. */
struct pins {
	struct strv names;
	struct strv digests;
};

static void pins_release(struct pins *pins)
{
	strv_release(&pins->names);
	strv_release(&pins->digests);
}

static void collect(struct pins *pins, const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct planned_image *image = &plan->images[i];

		if (!image->package && !image->stored &&
		    !strchr(image->name, '@') &&
		    !strv_has(&pins->names, image->name))
			strv_add(&pins->names, image->name);
	}
	strv_sort(&pins->names);
}

/* Brings the names into the store that the old lock does not tell. */
static int fetch_new(const struct pins *pins, const struct lock *old,
		     const struct context *context, const char *arch,
		     struct err *err)
{
	SCOPED(strv) names = { 0 };
	const struct oci_request request = {
		.names = &names,
		.arch = arch,
		.pull = OCI_PULL_ALWAYS,
	};

	for (size_t i = 0; i < pins->names.count; i++)
		if (!lock_find(old, pins->names.items[i]))
			strv_add(&names, pins->names.items[i]);
	if (names.count == 0)
		return 0;
	return oci_fetch(context->store, context->client, &request, err);
}

static int add_digest(struct pins *pins, const char *name,
		      const struct lock *old, struct oci_store *store,
		      struct err *err)
{
	const char *known = lock_find(old, name);
	SCOPED(oci_descriptor) root = { 0 };
	char digest[DIGEST_TEXT_SIZE];
	bool found = true;

	if (!known && oci_store_find(store, name, &found, &root, err) < 0)
		return -1;
	if (!found)
		return err_set(err, FAULT_SYSTEM,
			       "%s has gone from the cache meanwhile", name);
	strv_add(&pins->digests,
		 known ? known : digest_text(&root.digest, digest));
	return 0;
}

static int write_lock(const struct pins *pins, const char *path,
		      struct err *err)
{
	SCOPED(buf) text = { 0 };

	lock_write(&text, &pins->names, &pins->digests);
	if (path_write_file(path, buf_text(&text), text.size, err) < 0)
		return -1;
	log_info("wrote %s: %zu images", path, pins->names.count);
	return 0;
}

static int run_lock(struct verb_args *args, struct err *err)
{
	const struct lock_options *options = args->options;
	static const struct lock none;
	struct manifests_request request = {
		.paths = args->rest,
		.global = args->global,
		.no_lock = true,
	};
	SCOPED(manifests) manifests = { 0 };
	SCOPED(context) context = { 0 };
	SCOPED(pins) pins = { 0 };
	const struct lock *old = options->update ? &none : &manifests.lock;
	SCOPED_FREE char *arch = NULL;
	const char *path;

	if (context_arch(options->arch, &arch, err) < 0)
		return -1;
	request.arch = arch;
	if (manifests_read(&manifests, &request, err) < 0)
		return -1;
	path = options->output ? options->output : manifests.lock_path;
	if (!path)
		return err_set(
			err, FAULT_INPUT,
			"a manifest from standard input has no place for its lock: give --output FILE");
	collect(&pins, &manifests.plan);
	if (context_open(&context, args->global, err) < 0 ||
	    fetch_new(&pins, old, &context, request.arch, err) < 0)
		return -1;
	for (size_t i = 0; i < pins.names.count; i++)
		if (add_digest(&pins, pins.names.items[i], old, context.store,
			       err) < 0)
			return -1;
	return write_lock(&pins, path, err);
}

const struct verb verb_lock = {
	.name = "lock",
	.args = "MANIFEST...",
	.summary = "pin the images of a manifest to digests",
	.details =
		"Writes NAME.lock beside NAME.yml: the digest that every image of the manifest\n"
		"stands for now. While it is there, kitbuild build takes exactly these contents,\n"
		"and refuses an image that it does not tell. Names that are in it already keep\n"
		"their digest, unless --update is given; names that the manifest no longer uses\n"
		"go. Images with a digest of their own and packages need no lock,\n"
		"and images on this machine (oci:PATH and so on) get none.",
	.opts = lock_opts,
	.options_size = sizeof(struct lock_options),
	.min_rest = 1,
	.max_rest = REST_ANY,
	.run = run_lock,
};
