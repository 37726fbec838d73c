/* SPDX-License-Identifier: Apache-2.0 */
/* kitbuild cache: the images on this machine. */
#include "cmd/kitbuild/verb.h"

#include "cmd/kitbuild/context.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/image/pack.h"
#include "cmd/lib/oci/attestation.h"
#include "cmd/lib/oci/gc.h"
#include "cmd/lib/oci/ref.h"
#include "cmd/lib/oci/verify.h"

static int print_name(struct oci_store *store, const char *name,
		      struct err *err)
{
	SCOPED(oci_descriptor) descriptor = { 0 };
	char text[DIGEST_TEXT_SIZE];
	bool found;

	if (oci_store_find(store, name, &found, &descriptor, err) < 0)
		return -1;
	if (found)
		printf("%s %s\n", name, digest_text(&descriptor.digest, text));
	return 0;
}

static int cache_ls(struct verb_args *args, struct err *err)
{
	SCOPED(context) context = { 0 };
	SCOPED(strv) names = { 0 };

	if (context_open(&context, args->global, err) < 0 ||
	    oci_store_list(context.store, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++)
		if (print_name(context.store, names.items[i], err) < 0)
			return -1;
	return 0;
}

const struct verb verb_cache_ls = {
	.name = "cache ls",
	.opts = opt_none,
	.args = "",
	.summary = "list the images in the cache",
	.details =
		"Prints one line for each name: the whole reference and the digest it stands for.",
	.run = cache_ls,
};

struct pull_options {
	char *arch;
};

#define FIELD(name) offsetof(struct pull_options, name)

static const struct opt pull_opts[] = {
	{ 0, "arch", "ARCH", OPT_STRING, FIELD(arch),
	  "amd64, arm64 or riscv64; default: this machine's" },
	{ 0 },
};

static int cache_pull(struct verb_args *args, struct err *err)
{
	const struct pull_options *options = args->options;
	const struct oci_request request = {
		.names = args->rest,
		.arch = options->arch ? options->arch : context_host_arch(),
		.pull = OCI_PULL_ALWAYS,
		.predicate =
			OCI_PREDICATE_SPDX, /* for builds without network */
	};
	SCOPED(context) context = { 0 };

	if (context_open(&context, args->global, err) < 0)
		return -1;
	return oci_fetch(context.store, context.client, &request, err);
}

const struct verb verb_cache_pull = {
	.name = "cache pull",
	.args = "IMAGE...",
	.summary = "fetch images into the cache",
	.details =
		"Asks the registry what each name means now and fetches what is missing or damaged, for one architecture, with the bills of materials that are attested about them. Every blob is checked against its digest.",
	.opts = pull_opts,
	.options_size = sizeof(struct pull_options),
	.min_rest = 1,
	.max_rest = REST_ANY,
	.run = cache_pull,
};

static int remove_name(struct oci_store *store, const char *text,
		       struct err *err)
{
	SCOPED(oci_ref) ref = { 0 };
	bool found;

	if (oci_ref_parse(&ref, text, err) < 0 ||
	    oci_store_remove(store, ref.name, &found, err) < 0)
		return -1;
	if (!found)
		return err_set(err, FAULT_INPUT,
			       "image %s: not in the cache %s", ref.name,
			       oci_store_path(store));
	return 0;
}

static int cache_rm(struct verb_args *args, struct err *err)
{
	SCOPED(context) context = { 0 };

	if (context_open(&context, args->global, err) < 0)
		return -1;
	for (size_t i = 0; i < args->rest->count; i++)
		if (remove_name(context.store, args->rest->items[i], err) < 0)
			return -1;
	return 0;
}

const struct verb verb_cache_rm = {
	.name = "cache rm",
	.opts = opt_none,
	.args = "IMAGE...",
	.summary = "forget images",
	.details =
		"Removes the names. Their blobs stay, since other images may share them.",
	.min_rest = 1,
	.max_rest = REST_ANY,
	.run = cache_rm,
};

static int cache_verify(struct verb_args *args, struct err *err)
{
	SCOPED(context) context = { 0 };
	SCOPED(oci_verification) all = { 0 };
	SCOPED(strv) names = { 0 };

	if (context_open(&context, args->global, err) < 0 ||
	    oci_store_list(context.store, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++)
		if (oci_store_verify(context.store, names.items[i], &all, err) <
		    0)
			return -1;
	for (size_t i = 0; i < all.problems.count; i++)
		log_error("%s", all.problems.items[i]);
	if (all.problems.count > 0)
		return err_set(
			err, FAULT_TRUST,
			"%zu blobs are damaged or missing; 'kitbuild cache pull' fetches them again",
			all.problems.count);
	log_info("%zu images, %zu blobs, %.1f MB: all as their digests say",
		 names.count, all.seen.count, (double)all.size_bytes / 1e6);
	return 0;
}

const struct verb verb_cache_verify = {
	.name = "cache verify",
	.opts = opt_none,
	.args = "",
	.summary = "check every blob in the cache against its digest",
	.details =
		"Reads every blob that a name leads to. When one is damaged the exit status is 3; the next build or pull that needs it fetches it again.",
	.run = cache_verify,
};

#define PACKED_UNUSED_S (30LL * 24 * 3600)

static void print_freed(uint64_t bytes)
{
	printf("%llu bytes freed\n", (unsigned long long)bytes);
}

static int clean_packed(const struct context *context, long long unused_s,
			uint64_t *freed_bytes, struct err *err)
{
	SCOPED_FREE char *packed = path_join(context->cache_path, "packed");

	return pack_cache_clean(packed, unused_s, freed_bytes, err);
}

static int cache_gc(struct verb_args *args, struct err *err)
{
	SCOPED(context) context = { 0 };
	uint64_t freed = 0;

	if (context_open(&context, args->global, err) < 0 ||
	    oci_store_gc(context.store, &freed, err) < 0 ||
	    clean_packed(&context, PACKED_UNUSED_S, &freed, err) < 0)
		return -1;
	print_freed(freed);
	return 0;
}

const struct verb verb_cache_gc = {
	.name = "cache gc",
	.opts = opt_none,
	.args = "",
	.summary = "remove what no image in the cache needs",
	.details =
		"Removes blobs that no name leads to, and packed parts of initrds that no build has used for 30 days; prints how many bytes that was. Blobs that were fetched or used within the last hour stay, so it can run beside a build.",
	.run = cache_gc,
};

/* Opening a store makes one; here that would be in the wrong place. */
static int check_cache(const struct global_options *global, bool *exists,
		       struct err *err)
{
	SCOPED_FREE char *path = global_cache_path(global);
	SCOPED_FREE char *layout = path_join(path, "oci-layout");

	*exists = path_exists(path);
	if (*exists && !path_exists(layout))
		return err_set(err, FAULT_INPUT,
			       "%s: not an OCI image layout, left alone", path);
	return 0;
}

static int cache_clean(struct verb_args *args, struct err *err)
{
	SCOPED(context) context = { 0 };
	uint64_t freed = 0;
	bool exists;

	if (check_cache(args->global, &exists, err) < 0)
		return -1;
	if (exists && (context_open(&context, args->global, err) < 0 ||
		       oci_store_clean(context.store, &freed, err) < 0 ||
		       clean_packed(&context, 0, &freed, err) < 0))
		return -1;
	print_freed(freed);
	return 0;
}

const struct verb verb_cache_clean = {
	.name = "cache clean",
	.opts = opt_none,
	.args = "",
	.summary = "empty the cache",
	.details =
		"Forgets all names and removes all blobs and packed parts of initrds; prints how many bytes that was. Files that are none of these stay. A build that runs meanwhile will fail.",
	.run = cache_clean,
};
