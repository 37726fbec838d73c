/* SPDX-License-Identifier: Apache-2.0 */
/* A service's bundle: its folder, its runtime.json, where its output goes. */
#include "pkg/init/service/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"
#include "pkg/init/service/inside.h"
#include "pkg/init/service/label.h"
#include "pkg/init/service/logfile.h"
#include "pkg/init/service/prepare.h"
#include "pkg/init/service/services.h"
#include "pkg/init/service/spec.h"

int bundle_open(struct bundle *bundle, const struct services *services,
		const char *name, struct err *err)
{
	*bundle = (struct bundle){ .services = services, .name = name };
	if (fs_path(bundle->path, err, "%s/%s", services->folder, name) < 0 ||
	    fs_path(bundle->run, err, RUN_FOLDER "/services/%s", name) < 0 ||
	    fs_path(bundle->mounted, err, "%s/mounted", bundle->run) < 0 ||
	    fs_path(bundle->out_log, err, "/var/log/%s.out.log", name) < 0 ||
	    fs_path(bundle->err_log, err, "/var/log/%s.log", name) < 0)
		return -1;
	memcpy(bundle->out_path, bundle->out_log, PATH_BYTES);
	memcpy(bundle->err_path, bundle->err_log, PATH_BYTES);
	if (!name[0] || strchr(name, '/') || !fs_exists(bundle->path))
		return err_set(err, "no such service");
	return runtime_read(&bundle->runtime, bundle->path, err);
}

void bundle_close(struct bundle *bundle)
{
	runtime_release(&bundle->runtime);
}

int bundle_pipe(struct bundle *bundle, struct err *err)
{
	bundle->piped = true;
	if (fs_path(bundle->out_path, err, "%s/out", bundle->run) < 0 ||
	    fs_path(bundle->err_path, err, "%s/err", bundle->run) < 0)
		return -1;
	return 0;
}

int bundle_fifo(const struct bundle *bundle, char *path, struct err *err)
{
	return fs_path(path, err, "%s/ready", bundle->run);
}

int bundle_make_run(const struct bundle *bundle, struct err *err)
{
	char path[PATH_BYTES];

	if (fs_mkdir(bundle->run, err) < 0 ||
	    bundle_fifo(bundle, path, err) < 0)
		return -1;
	/* The service's user need not be root, and opens both ends. */
	if ((mkfifo(path, 0666) < 0 && errno != EEXIST) ||
	    chmod(path, 0666) < 0)
		return err_sys(err, "make %s", path);
	return 0;
}

/*
 * What a start before has written stays, for whoever asks why it ended; a long
 * one moves aside, in place of the one that did so before.
 */
static int begin_log(const char *path, struct err *err)
{
	char old[PATH_BYTES];
	struct stat st;

	if (stat(path, &st) == 0 && st.st_size > LOGFILE_MAX &&
	    (fs_path(old, err, "%s.1", path) < 0 || rename(path, old) < 0))
		return err_sys(err, "move %s aside", path);
	SCOPED_FD fd =
		open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	return fd < 0 ? err_sys(err, "open %s", path) : 0;
}

static struct prepare prepare_of(const struct bundle *bundle)
{
	return (struct prepare){ .runtime = &bundle->runtime,
				 .bundle = bundle->path,
				 .record = bundle->mounted[0] ? bundle->mounted
							      : NULL };
}

int bundle_prepare(const struct bundle *bundle, struct err *err)
{
	const struct prepare prepare = prepare_of(bundle);

	if (bundle_make_run(bundle, err) < 0 ||
	    (!bundle->piped && (begin_log(bundle->out_path, err) < 0 ||
				begin_log(bundle->err_path, err) < 0)))
		return -1;
	if (label_check_bundle(bundle->path, err) < 0)
		return -1;
	return prepare_files(&prepare, err);
}

int bundle_prepare_process(const struct bundle *bundle, pid_t pid,
			   struct err *err)
{
	const struct prepare prepare = prepare_of(bundle);

	return prepare_process(&prepare, pid, err);
}

void bundle_undo(const struct bundle *bundle)
{
	const struct prepare prepare = prepare_of(bundle);

	prepare_undo(&prepare);
}

int bundle_config(const struct bundle *bundle, char **json, struct err *err)
{
	SCOPED_FREE char *plain = NULL;
	char fifo[PATH_BYTES];

	*json = NULL;
	if (spec_read(bundle->path, &plain, err) < 0 ||
	    bundle_fifo(bundle, fifo, err) < 0)
		return -1;
	if (inside_needed(&bundle->runtime.policy))
		return inside_wrap(plain, &bundle->runtime.policy, fifo, json,
				   err);
	*json = plain;
	plain = NULL;
	return 0;
}
