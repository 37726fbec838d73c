/* SPDX-License-Identifier: Apache-2.0 */
/* kitbuild pkg: packages become images in the store. */
#include "cmd/kitbuild/verb.h"

#include "cmd/kitbuild/context.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/build/package.h"

struct pkg_options {
	char *arch;
	bool force;
};

static const struct opt pkg_opts[] = {
	{ 0, "arch", "ARCH", OPT_STRING, offsetof(struct pkg_options, arch),
	  "amd64, arm64 or riscv64; default: this machine's" },
	{ 0, "force", NULL, OPT_FLAG, offsetof(struct pkg_options, force),
	  "build even what is in the store" },
	{ 0 },
};

/* What all folders have in common. */
struct pkg_work {
	struct context context;
	const struct pkg_options *options;
	bool offline;
};

static void pkg_work_release(struct pkg_work *work)
{
	context_release(&work->context);
}

static int build_one(struct pkg_work *work, const char *folder, struct err *err)
{
	const struct pkg_options *options = work->options;
	struct oci_store *store = work->context.store;
	SCOPED_FREE char *arch = NULL;
	SCOPED(package) package = { 0 };
	bool built = true;
	int result;

	if (context_arch(options->arch, &arch, err) < 0 ||
	    package_open(&package, folder, arch, err) < 0)
		return -1;
	if (options->force)
		result = package_build(&package, store, arch, err);
	else
		result = package_ensure(&package, store, arch, work->offline,
					&built, err);
	if (result < 0)
		return -1;
	if (!built)
		log_info("%s is there already", folder);
	puts(package.name);
	return 0;
}

static int run_pkg_build(struct verb_args *args, struct err *err)
{
	SCOPED(pkg_work)
	work = { .options = args->options, .offline = args->global->offline };

	if (context_open(&work.context, args->global, err) < 0)
		return -1;
	for (size_t i = 0; i < args->rest->count; i++)
		if (build_one(&work, args->rest->items[i], err) < 0)
			return -1;
	return 0;
}

const struct verb verb_pkg_build = {
	.name = "pkg build",
	.args = "FOLDER...",
	.summary = "build packages into the store and print their names",
	.details =
		"A package is a folder with a build.yml. `contents:` says what its image holds:\n"
		"files of Debian packages, which mmdebstrap fetches and verifies, and files of\n"
		"the folder. No root and no container engine is needed.",
	.opts = pkg_opts,
	.options_size = sizeof(struct pkg_options),
	.min_rest = 1,
	.max_rest = REST_ANY,
	.run = run_pkg_build,
};
