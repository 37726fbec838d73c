/* SPDX-License-Identifier: Apache-2.0 */
/* The manifests of a command line. */
#include "cmd/kitbuild/manifests.h"

#include <string.h>

#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/oci/download.h"

#define MANIFEST_MAX_BYTES ((size_t)16 << 20)

void manifests_release(struct manifests *manifests)
{
	for (size_t i = 0; i < manifests->count; i++)
		manifest_release(&manifests->parts[i]);
	free(manifests->parts);
	free(manifests->lock_path);
	manifest_release(&manifests->merged);
	plan_release(&manifests->plan);
	lock_release(&manifests->lock);
	*manifests = (struct manifests){ 0 };
}

static bool is_stdin(const char *path)
{
	return strcmp(path, "-") == 0;
}

bool manifest_is_url(const char *path)
{
	return strncmp(path, "http://", 7) == 0 ||
	       strncmp(path, "https://", 8) == 0;
}

char *manifest_base_name(const char *path)
{
	const char *base = path_base(path);
	const char *dot = strrchr(base, '.');

	if (is_stdin(path))
		return xstrdup("moby");
	return dot && dot != base ? xstrndup(base, (size_t)(dot - base))
				  : xstrdup(base);
}

static int download(struct buf *text, const char *url,
		    const struct global_options *global, struct err *err)
{
	SCOPED_OCI_CLIENT struct oci_client *client = NULL;

	log_debug("fetch %s", url);
	if (context_open_client(&client, global, err) < 0)
		return -1;
	return oci_download(client, url, text, err);
}

static int read_text(struct buf *text, const char *path,
		     const struct global_options *global, struct err *err)
{
	if (manifest_is_url(path))
		return download(text, path, global, err);
	if (is_stdin(path))
		return buf_read_fd(text, STDIN_FILENO, err) < 0
			       ? err_wrap(err, "standard input")
			       : 0;
	if (!path_exists(path))
		return err_set(err, FAULT_INPUT, "there is no manifest %s",
			       path);
	return buf_read_file(text, path, err);
}

static int no_folders(void *context, const struct yml_node *at,
		      const char *folder, char **text, struct err *err)
{
	(void)context;
	(void)at;
	(void)text;
	return err_set(
		err, FAULT_INPUT,
		"@pkg:%s: a manifest from the network cannot name folders of this machine",
		folder);
}

static int read_part(struct manifests *manifests, const char *path,
		     const struct global_options *global, struct err *err)
{
	static const struct manifest_templates remote = { no_folders, NULL };
	struct manifest_templates local = plan_templates(&manifests->plan);
	struct manifest *part = &manifests->parts[manifests->count++];
	SCOPED(buf) text = { .max_bytes = MANIFEST_MAX_BYTES };

	if (read_text(&text, path, global, err) < 0 ||
	    manifest_decode(part, is_stdin(path) ? "stdin" : path, &text,
			    manifest_is_url(path) ? &remote : &local, err) < 0)
		return -1;
	manifest_merge(&manifests->merged, part);
	return 0;
}

/* A manifest from the network is locked in the working directory. */
static char *lock_path(const char *manifest)
{
	SCOPED_FREE char *folder = manifest_is_url(manifest)
					   ? xstrdup(".")
					   : path_directory(manifest);
	SCOPED_FREE char *base = manifest_base_name(manifest);
	SCOPED_FREE char *name = xasprintf("%s.lock", base);

	if (is_stdin(manifest))
		return NULL;
	return strcmp(folder, ".") == 0 ? TAKE(name) : path_join(folder, name);
}

static int read_lock(struct manifests *manifests, struct err *err)
{
	SCOPED(buf) text = { .max_bytes = MANIFEST_MAX_BYTES };

	if (!manifests->lock_path || !path_exists(manifests->lock_path))
		return 0;
	manifests->has_lock = true;
	if (buf_read_file(&text, manifests->lock_path, err) < 0)
		return -1;
	return lock_decode(&manifests->lock, manifests->lock_path, &text, err);
}

int manifests_read(struct manifests *manifests,
		   const struct manifests_request *request, struct err *err)
{
	const struct strv *paths = request->paths;

	manifests->plan.arch = request->arch;
	manifests->parts = xcalloc(paths->count, sizeof(*manifests->parts));
	manifests->lock_path = lock_path(paths->items[paths->count - 1]);
	for (size_t i = 0; i < paths->count; i++)
		if (read_part(manifests, paths->items[i], request->global,
			      err) < 0)
			return -1;
	if (manifest_check(&manifests->merged, err) < 0 ||
	    plan_make(&manifests->plan, &manifests->merged, err) < 0 ||
	    read_lock(manifests, err) < 0)
		return -1;
	if (!manifests->has_lock || request->no_lock)
		return 0;
	return plan_pin(&manifests->plan, &manifests->lock, err);
}
