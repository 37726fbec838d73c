/* SPDX-License-Identifier: Apache-2.0 */
/* Images on this machine. */
#include "cmd/lib/oci/source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/oci/http.h"
#include "cmd/lib/oci/source_internal.h"

static int open_path(const struct oci_ref *ref, int *fd, bool *is_folder,
		     struct err *err)
{
	struct stat status;

	*is_folder = false;
	*fd = open(ref->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return err_set(err, FAULT_INPUT, "there is no %s", ref->path);
	if (*fd < 0 || fstat(*fd, &status) < 0)
		return err_sys(err, "open %s", ref->path);
	*is_folder = S_ISDIR(status.st_mode);
	if (!*is_folder && !S_ISREG(status.st_mode))
		return err_set(err, FAULT_INPUT,
			       "%s is neither a file nor a folder", ref->path);
	return 0;
}

static int bring_path(const struct bring *bring, struct err *err)
{
	const struct oci_ref *ref = bring->ref;
	SCOPED_FD int fd = -1;
	bool is_folder = false;

	if (open_path(ref, &fd, &is_folder, err) < 0)
		return -1;
	if (ref->source == OCI_SOURCE_LAYOUT) {
		const struct layout_place place = {
			.path = ref->path,
			.folder_fd = is_folder ? fd : -1,
			.file_fd = is_folder ? -1 : fd,
		};

		return layout_bring(bring, &place, err);
	}
	if (is_folder)
		return err_set(err, FAULT_INPUT, "%s is a folder", ref->path);
	return docker_archive_bring(bring, fd, ref->path, err);
}

/* Without a connection, what came from the daemon before has to do. */
static int bring_known(const struct bring *bring, struct err *err)
{
	bool whole;

	if (bring_is_known(bring, NULL, &whole, err) < 0)
		return -1;
	if (!whole)
		return err_set(
			err, FAULT_INPUT,
			"it is not in the cache %s, and asking Docker is forbidden by --offline",
			oci_store_path(bring->store));
	return 0;
}

static int bring_daemon(const struct bring *bring,
			const struct oci_client *client, struct err *err)
{
	SCOPED_FREE char *id = NULL;
	SCOPED_FD int fd = -1;
	bool whole;

	if (client->offline)
		return bring_known(bring, err);
	if (docker_daemon_ask(bring->ref->image, &id, err) < 0 ||
	    bring_is_known(bring, id, &whole, err) < 0)
		return -1;
	if (whole)
		return 0;
	if (fd_temporary(&fd, NULL, err) < 0 ||
	    docker_daemon_save(bring->ref->image, fd, err) < 0)
		return -1;
	return docker_archive_bring(bring, fd, "the daemon's archive", err);
}

int oci_source_bring(struct oci_store *store, struct oci_client *client,
		     const struct oci_ref *ref, struct oci_descriptor *root,
		     struct err *err)
{
	const struct bring bring = { store, ref, root };
	int result;

	*root = (struct oci_descriptor){ 0 };
	if (ref->source == OCI_SOURCE_DOCKER_DAEMON)
		result = bring_daemon(&bring, client, err);
	else
		result = bring_path(&bring, err);
	if (result < 0)
		oci_descriptor_release(root);
	return result;
}

/* Where it is, or would be. The caller frees. */
static char *find_path(const char *path, const char *folder)
{
	SCOPED_FREE char *beside = folder ? path_join(folder, path) : NULL;
	const char *at = beside && path_exists(beside) ? beside : path;
	char real[PATH_MAX];
	char here[PATH_MAX];

	if (realpath(at, real))
		return xstrdup(real);
	if (!getcwd(here, sizeof(here)))
		return xstrdup(path);
	return path_join(here, path);
}

int oci_source_locate(const char *text, const char *folder, char **located,
		      struct err *err)
{
	SCOPED_FREE char *path = NULL;
	SCOPED(oci_ref) ref = { 0 };
	const char *colon;

	if (oci_ref_parse(&ref, text, err) < 0)
		return -1;
	if (!ref.path) {
		*located = xstrdup(ref.name);
		return 0;
	}
	path = find_path(ref.path, folder);
	if (strchr(path, ':'))
		return err_set(err, FAULT_INPUT,
			       "image '%.200s': there is a ':' in its path %s",
			       text, path);
	colon = strchr(text, ':');
	*located = xasprintf("%.*s:%s%s%s", (int)(colon - text), text, path,
			     ref.image ? ":" : "", ref.image ? ref.image : "");
	return 0;
}
