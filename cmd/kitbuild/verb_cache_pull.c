/* SPDX-License-Identifier: Apache-2.0 */
/* kitbuild cache pull: images into the cache. */
#include "cmd/kitbuild/verb.h"

#include "cmd/kitbuild/context.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/attestation.h"
#include "cmd/lib/oci/whole.h"

struct pull_options {
	char *arch;
	struct strv platforms;
	bool all;
};

#define FIELD(name) offsetof(struct pull_options, name)

static const struct opt pull_opts[] = {
	{ 0, "arch", "ARCH", OPT_STRING, FIELD(arch),
	  "amd64, arm64 or riscv64; default: this machine's" },
	{ 0, "platform", "OS/ARCH", OPT_LIST, FIELD(platforms),
	  "the same as linux/arm64 or linux/arm/v7; repeatable" },
	{ 0, "all-platforms", NULL, OPT_FLAG, FIELD(all),
	  "all of an index, with what is attested, as a push needs it" },
	{ 0 },
};

static int pull_platform(const struct context *context,
			 const struct strv *names, const char *platform,
			 struct err *err)
{
	SCOPED_FREE char *arch = NULL;
	struct oci_request request = {
		.names = names,
		.pull = OCI_PULL_ALWAYS,
		.predicate =
			OCI_PREDICATE_SPDX, /* for builds without network */
	};

	if (context_arch(platform, &arch, err) < 0)
		return -1;
	request.arch = arch;
	return oci_fetch(context->store, context->client, &request, err);
}

static int pull_whole(const struct context *context, const struct strv *names,
		      struct err *err)
{
	for (size_t i = 0; i < names->count; i++) {
		const struct oci_whole whole = { .name = names->items[i] };

		if (oci_whole_fetch(context->store, context->client, &whole,
				    OCI_PULL_ALWAYS, err) < 0)
			return -1;
	}
	return 0;
}

static int check_options(const struct pull_options *options, struct err *err)
{
	if (!!options->arch + (options->platforms.count > 0) + options->all > 1)
		return err_set(
			err, FAULT_INPUT,
			"--arch, --platform and --all-platforms exclude each other");
	return 0;
}

static int cache_pull(struct verb_args *args, struct err *err)
{
	const struct pull_options *options = args->options;
	SCOPED(context) context = { 0 };
	SCOPED(strv) names = { 0 };

	if (check_options(options, err) < 0 ||
	    context_names(args->rest, &names, err) < 0 ||
	    context_open(&context, args->global, err) < 0)
		return -1;
	if (options->all)
		return pull_whole(&context, &names, err);
	if (options->platforms.count == 0)
		return pull_platform(&context, &names, options->arch, err);
	for (size_t i = 0; i < options->platforms.count; i++)
		if (pull_platform(&context, &names, options->platforms.items[i],
				  err) < 0)
			return -1;
	return 0;
}

const struct verb verb_cache_pull = {
	.name = "cache pull",
	.args = "IMAGE...",
	.summary = "fetch images into the cache",
	.details =
		"Asks the registry what each name means now and fetches what is missing or damaged, for one architecture unless more are asked for, with the bills of materials that are attested about them. Every blob is checked against its digest. oci:PATH, oci-archive:PATH, docker-archive:PATH, each with :NAME for one of several, and docker-daemon:NAME are images on this machine.",
	.opts = pull_opts,
	.options_size = sizeof(struct pull_options),
	.min_rest = 1,
	.max_rest = REST_ANY,
	.run = cache_pull,
};
