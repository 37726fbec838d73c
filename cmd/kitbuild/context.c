/* SPDX-License-Identifier: Apache-2.0 */
/* The store and the registry client. */
#include "cmd/kitbuild/context.h"

#include <string.h>
#include <sys/utsname.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/platform.h"
#include "cmd/lib/oci/source.h"

/* Those of KITBUILD_MIRROR, then those of the options, which win. */
static void collect_mirrors(struct strv *mirrors,
			    const struct global_options *global)
{
	const char *variable = getenv("KITBUILD_MIRROR");
	SCOPED_FREE char *text = xstrdup(variable ? variable : "");
	char *rest = text;

	for (char *word; (word = strsep(&rest, ", \t\n"));)
		if (*word)
			strv_add(mirrors, word);
	strv_add_all(mirrors, &global->mirrors);
}

int context_open_client(struct oci_client **client,
			const struct global_options *global, struct err *err)
{
	SCOPED(strv) mirrors = { 0 };
	/* Borrowed views of the lists: oci_client_new copies them. */
	struct oci_client_options options = {
		.ca_files = global->cert_files,
		.offline = global->offline,
		.timeout_s = global->timeout_s,
	};

	collect_mirrors(&mirrors, global);
	options.mirrors = mirrors;
	return oci_client_new(client, &options, err);
}

int context_open(struct context *context, const struct global_options *global,
		 struct err *err)
{
	context->cache_path = global_cache_path(global);
	if (oci_store_open(&context->store, context->cache_path, err) < 0)
		return -1;
	return context_open_client(&context->client, global, err);
}

void context_release(struct context *context)
{
	oci_client_free(context->client);
	oci_store_close(context->store);
	free(context->cache_path);
	*context = (struct context){ 0 };
}

/* The machine's architecture as registries spell it. */
static const char *host_arch(void)
{
	static const struct {
		const char *kernel, *registry;
	} names[] = {
		{ "x86_64", "amd64" },
		{ "aarch64", "arm64" },
		{ "arm64", "arm64" },
		{ "riscv64", "riscv64" },
	};
	struct utsname host;

	if (uname(&host) == 0)
		for (size_t i = 0; i < ARRAY_LEN(names); i++)
			if (strcmp(host.machine, names[i].kernel) == 0)
				return names[i].registry;
	return "amd64";
}

int context_arch(const char *said, char **arch, struct err *err)
{
	SCOPED(oci_platform) platform = { 0 };

	if (oci_platform_parse(&platform, said ? said : host_arch(), err) < 0)
		return -1;
	*arch = oci_platform_text(&platform);
	return 0;
}

int context_names(const struct strv *said, struct strv *names, struct err *err)
{
	for (size_t i = 0; i < said->count; i++) {
		SCOPED_FREE char *name = NULL;

		if (oci_source_locate(said->items[i], NULL, &name, err) < 0)
			return -1;
		strv_add(names, name);
	}
	return 0;
}
