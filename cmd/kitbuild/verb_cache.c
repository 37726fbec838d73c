/* SPDX-License-Identifier: Apache-2.0 */
/* kitbuild cache: the images on this machine. */
#include "cmd/kitbuild/verb.h"

#include "cmd/kitbuild/context.h"
#include "cmd/lib/base/json.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/image/pack.h"
#include "cmd/lib/oci/gc.h"
#include "cmd/lib/oci/verify.h"

struct ls_options {
	bool json;
};

static const struct opt ls_opts[] = {
	{ 0, "json", NULL, OPT_FLAG, offsetof(struct ls_options, json),
	  "print a JSON array of objects with name, digest, type and size" },
	{ 0 },
};

/* To the array, or as a line when that is NULL. */
static int list_name(struct oci_store *store, const char *name, json_t *array,
		     struct err *err)
{
	SCOPED(oci_descriptor) root = { 0 };
	char text[DIGEST_TEXT_SIZE];
	bool found;

	if (oci_store_find(store, name, &found, &root, err) < 0)
		return -1;
	if (!found)
		return 0;
	digest_text(&root.digest, text);
	if (!array)
		printf("%s %s\n", name, text);
	else
		json_array_append_new(
			array,
			json_pack("{s:s, s:s, s:s, s:I}", "name", name,
				  "digest", text, "mediaType", root.media_type,
				  "size", (json_int_t)root.size_bytes));
	return 0;
}

static int cache_ls(struct verb_args *args, struct err *err)
{
	const struct ls_options *options = args->options;
	SCOPED(context) context = { 0 };
	SCOPED_JSON json_t *array = options->json ? json_array() : NULL;
	SCOPED(strv) names = { 0 };
	SCOPED(buf) text = { 0 };

	if (context_open(&context, args->global, err) < 0 ||
	    oci_store_list(context.store, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++)
		if (list_name(context.store, names.items[i], array, err) < 0)
			return -1;
	if (!array)
		return 0;
	json_write(&text, array);
	puts(buf_text(&text));
	return 0;
}

const struct verb verb_cache_ls = {
	.name = "cache ls",
	.opts = ls_opts,
	.options_size = sizeof(struct ls_options),
	.args = "",
	.summary = "list the images in the cache",
	.details =
		"Prints one line for each name, sorted: the whole reference and the digest it stands for.",
	.run = cache_ls,
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

static int cache_gc(struct verb_args *args, struct err *err)
{
	SCOPED(context) context = { 0 };
	SCOPED_FREE char *packed = NULL;
	uint64_t freed = 0;

	if (context_open(&context, args->global, err) < 0)
		return -1;
	packed = path_join(context.cache_path, "packed");
	if (oci_store_gc(context.store, &freed, err) < 0 ||
	    pack_cache_clean(packed, PACKED_UNUSED_S, &freed, err) < 0)
		return -1;
	printf("%llu bytes freed\n", (unsigned long long)freed);
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
