/* SPDX-License-Identifier: Apache-2.0 */
/* kitbuild cache rm and clean: what leaves the cache. */
#include "cmd/kitbuild/verb.h"

#include "cmd/kitbuild/context.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/image/pack.h"
#include "cmd/lib/oci/gc.h"
#include "cmd/lib/oci/remote.h"

struct remove_options {
	bool published_only;
};

static const struct opt remove_opts[] = {
	{ 0, "published-only", NULL, OPT_FLAG,
	  offsetof(struct remove_options, published_only),
	  "keep what the registry does not have just so" },
	{ 0 },
};

/* Can it be fetched again as it is? */
static int is_published(const struct context *context, const char *name,
			bool *published, struct err *err)
{
	SCOPED(oci_remote) remote = { 0 };
	SCOPED(oci_descriptor) root = { 0 };
	bool found;

	*published = false;
	if (oci_store_find(context->store, name, &found, &root, err) < 0)
		return -1;
	if (!found)
		return 0;
	if (oci_remote_find(&remote, context->client, name, err) < 0)
		return -1;
	*published =
		remote.found && digest_equal(&remote.root.digest, &root.digest);
	if (!remote.found)
		log_info("%s stays: the registry does not know it", name);
	else if (!*published)
		log_info("%s stays: the registry has another one", name);
	return 0;
}

static int remove_name(const struct context *context, const char *name,
		       bool published_only, struct err *err)
{
	bool goes = true;
	bool found;

	if (published_only && is_published(context, name, &goes, err) < 0)
		return -1;
	return goes ? oci_store_remove(context->store, name, &found, err) : 0;
}

static int check_known(const struct context *context, const char *name,
		       struct err *err)
{
	SCOPED(oci_descriptor) root = { 0 };
	bool found;

	if (oci_store_find(context->store, name, &found, &root, err) < 0)
		return -1;
	if (!found)
		return err_set(err, FAULT_INPUT,
			       "image %s: not in the cache %s", name,
			       oci_store_path(context->store));
	return 0;
}

static int cache_rm(struct verb_args *args, struct err *err)
{
	const struct remove_options *options = args->options;
	SCOPED(context) context = { 0 };
	SCOPED(strv) names = { 0 };

	if (context_names(args->rest, &names, err) < 0 ||
	    context_open(&context, args->global, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++)
		if (check_known(&context, names.items[i], err) < 0 ||
		    remove_name(&context, names.items[i],
				options->published_only, err) < 0)
			return -1;
	return 0;
}

const struct verb verb_cache_rm = {
	.name = "cache rm",
	.opts = remove_opts,
	.options_size = sizeof(struct remove_options),
	.args = "IMAGE...",
	.summary = "forget images",
	.details =
		"Removes the names. Their blobs stay, since other images may share them, until 'kitbuild cache gc'. With --published-only the registry is asked first, and only names go that it has with the same digest.",
	.min_rest = 1,
	.max_rest = REST_ANY,
	.run = cache_rm,
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

static int clean_published(const struct context *context, uint64_t *freed,
			   struct err *err)
{
	SCOPED(strv) names = { 0 };

	if (oci_store_list(context->store, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		SCOPED(err) why = { 0 };

		/* One registry that keeps silent is no reason to lose others.
		 */
		if (remove_name(context, names.items[i], true, &why) < 0)
			log_warn("%s stays: %s", names.items[i], why.msg);
	}
	return oci_store_gc(context->store, freed, err);
}

static int clean(const struct context *context, bool published_only,
		 uint64_t *freed, struct err *err)
{
	SCOPED_FREE char *packed = path_join(context->cache_path, "packed");

	if (published_only)
		return clean_published(context, freed, err);
	if (oci_store_clean(context->store, freed, err) < 0)
		return -1;
	return pack_cache_clean(packed, 0, freed, err);
}

static int cache_clean(struct verb_args *args, struct err *err)
{
	const struct remove_options *options = args->options;
	SCOPED(context) context = { 0 };
	uint64_t freed = 0;
	bool exists;

	if (check_cache(args->global, &exists, err) < 0)
		return -1;
	if (exists &&
	    (context_open(&context, args->global, err) < 0 ||
	     clean(&context, options->published_only, &freed, err) < 0))
		return -1;
	printf("%llu bytes freed\n", (unsigned long long)freed);
	return 0;
}

const struct verb verb_cache_clean = {
	.name = "cache clean",
	.opts = remove_opts,
	.options_size = sizeof(struct remove_options),
	.args = "",
	.summary = "empty the cache",
	.details =
		"Forgets all names and removes all blobs and packed parts of initrds; prints how many bytes that was. Files that are none of these stay. A build that runs meanwhile will fail. With --published-only it is 'kitbuild cache rm --published-only' for all names and 'kitbuild cache gc'.",
	.run = cache_clean,
};
