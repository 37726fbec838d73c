/* SPDX-License-Identifier: Apache-2.0 */
/* kitbuild cache push: images of the cache into registries. */
#include "cmd/kitbuild/verb.h"

#include "cmd/kitbuild/context.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/oci/push.h"

struct push_options {
	char *remote_name;
	bool with_arch_tags, override;
};

#define FIELD(name) offsetof(struct push_options, name)

static const struct opt push_opts[] = {
	{ 0, "remote-name", "NAME", OPT_STRING, FIELD(remote_name),
	  "what the image is called there; default: as here" },
	{ 0, "with-arch-tags", NULL, OPT_FLAG, FIELD(with_arch_tags),
	  "name each image of an index too: TAG-amd64 and so on" },
	{ 0, "override", NULL, OPT_FLAG, FIELD(override),
	  "push even if the registry has the name already" },
	{ 0 },
};

static int push_one(const struct context *context, const char *name,
		    const struct push_options *options, struct err *err)
{
	const struct oci_push push = {
		.name = name,
		.remote = options->remote_name,
		.with_arch_tags = options->with_arch_tags,
		.override = options->override,
	};
	const char *as = push.remote ? push.remote : name;
	enum oci_pushed pushed;

	log_info("push %s as %s", name, as);
	if (oci_push(context->store, context->client, &push, &pushed, err) < 0)
		return -1;
	if (pushed == OCI_PUSHED_THERE)
		log_info("%s is there already", as);
	if (pushed == OCI_PUSHED_TAKEN)
		log_warn(
			"%s is another image there, left alone; --override replaces it",
			as);
	return 0;
}

static int cache_push(struct verb_args *args, struct err *err)
{
	const struct push_options *options = args->options;
	SCOPED(context) context = { 0 };
	SCOPED(strv) names = { 0 };

	if (options->remote_name && args->rest->count > 1)
		return err_set(err, FAULT_INPUT,
			       "--remote-name is for one image at a time");
	if (context_names(args->rest, &names, err) < 0 ||
	    context_open(&context, args->global, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++)
		if (push_one(&context, names.items[i], options, err) < 0)
			return -1;
	return 0;
}

const struct verb verb_cache_push = {
	.name = "cache push",
	.args = "IMAGE...",
	.summary = "send images of the cache to their registries",
	.details =
		"Sends what a name stands for: an image, or an index with all its images, which have to be in the cache or in the registry. Blobs that are there are not sent, or are taken from another repository of the registry; every blob is checked on its way. A name that the registry has already is left alone unless --override is given; two indexes then become one, in which ours decides for its platforms. Uploads go to the registry itself, never to a mirror; logins are those of 'docker login'.",
	.opts = push_opts,
	.options_size = sizeof(struct push_options),
	.min_rest = 1,
	.max_rest = REST_ANY,
	.run = cache_push,
};
