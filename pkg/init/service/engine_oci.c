/* SPDX-License-Identifier: Apache-2.0 */
/* Services as containers of an OCI runtime, without a daemon. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pkg/init/service/engine.h"
#include "pkg/init/service/fs.h"
#include "pkg/init/service/oci.h"
#include "pkg/init/service/process.h"
#include "pkg/init/service/spawn.h"
#include "pkg/init/service/spec.h"

static int open_log(const char *path, struct err *err)
{
	/* Of a FIFO the service holds both ends: writing never breaks. */
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	return fd < 0 ? err_sys(err, "open %s", path) : fd;
}

/* A bundle of its own in /run: runtimes insist on the name config.json. */
static int write_config(const struct bundle *bundle, struct err *err)
{
	SCOPED_FREE char *config = NULL;
	char path[PATH_BYTES];

	if (bundle_config(bundle, &config, err) < 0 ||
	    fs_path(path, err, "%s/config.json", bundle->run) < 0)
		return -1;
	return fs_write(path, config, err);
}

static int run(const struct oci *oci, const struct bundle *bundle, pid_t *pid,
	       struct err *err)
{
	struct err ignored;

	if (oci_create(oci, pid, err) < 0)
		return -1;
	unsigned long long runtime = process_program(*pid);

	if (bundle_prepare_process(bundle, *pid, err) == 0 &&
	    oci_start(oci, err) == 0) {
		process_await_exec(*pid, runtime);
		return 0;
	}
	(void)!oci_delete(oci, &ignored);
	return -1;
}

static int start_logged(struct oci *oci, const struct bundle *bundle,
			pid_t *pid, struct err *err)
{
	SCOPED_FD out = open_log(bundle->out_path, err);
	SCOPED_FD log = out < 0 ? -1 : open_log(bundle->err_path, err);

	if (log < 0 || write_config(bundle, err) < 0)
		return -1;
	oci->out_fd = out;
	oci->err_fd = log;
	return run(oci, bundle, pid, err);
}

static int start(const struct bundle *bundle, pid_t *pid, struct err *err)
{
	char program[PATH_BYTES];
	struct oci oci = { .program = program,
			   .id = bundle->name,
			   .bundle = bundle->run };

	if (oci_program(bundle->runtime.policy.handler, program, err) < 0)
		return -1;
	if (bundle_prepare(bundle, err) == 0 &&
	    start_logged(&oci, bundle, pid, err) == 0)
		return 0;
	bundle_undo(bundle);
	return -1;
}

static int end(const struct bundle *bundle, int *status, struct err *err)
{
	char program[PATH_BYTES];
	const struct oci oci = { .program = program,
				 .id = bundle->name,
				 .bundle = bundle->run,
				 .out_fd = -1,
				 .err_fd = -1 };

	(void)status;
	if (oci_program(bundle->runtime.policy.handler, program, err) < 0 ||
	    oci_delete(&oci, err) < 0)
		return -1;
	bundle_undo(bundle);
	return 0;
}

/* The path by which a runtime that inherits the file finds it. */
#define INHERITED "/proc/self/fd/%d"

/*
 * What is to run, as a file without a name, so that nothing stays wherever this
 * program is killed: the runtime inherits it.
 */
static int open_process(const struct bundle *bundle,
			const struct engine_exec *exec, struct err *err)
{
	SCOPED_FREE char *config = NULL;
	SCOPED_FREE char *process = NULL;

	if (spec_load(bundle->path, &config, err) < 0 ||
	    spec_process(config, exec->argv, exec->terminal, &process, err) < 0)
		return -1;
	SCOPED_FD fd = memfd_create("process.json", 0);
	size_t len = strlen(process);

	if (fd < 0 || write(fd, process, len) != (ssize_t)len)
		return err_sys(err, "process.json");
	int inherited = fd;

	fd = -1;
	return inherited;
}

static int exec_start(const struct oci *oci, const struct bundle *bundle,
		      const struct engine_exec *exec, pid_t *pid,
		      struct err *err)
{
	char path[PATH_BYTES];
	SCOPED_FD fd = open_process(bundle, exec, err);

	if (fd < 0 || fs_path(path, err, INHERITED, fd) < 0)
		return -1;
	return oci_exec(oci, path, pid, err);
}

int engine_oci_attached(const struct oci *oci, const struct bundle *bundle,
			const struct engine_exec *exec, int *status,
			struct err *err)
{
	char path[PATH_BYTES];
	SCOPED_FD fd = open_process(bundle, exec, err);

	if (fd < 0 || fs_path(path, err, INHERITED, fd) < 0)
		return -1;
	pid_t pid = oci_exec_attached(oci, path, err);

	return pid < 0 ? -1 : spawn_limited(pid, 0, status, err);
}

static int exec(const struct bundle *bundle, const struct engine_exec *exec,
		int *status, struct err *err)
{
	char program[PATH_BYTES];
	SCOPED_FD log = exec->attached ? -1 : open_log(bundle->err_path, err);
	const struct oci oci = { .program = program,
				 .id = bundle->name,
				 .bundle = bundle->run,
				 .limit_ms = exec->timeout_ms,
				 .out_fd = log,
				 .err_fd = log };
	pid_t pid;

	if ((log < 0 && !exec->attached) ||
	    oci_program(bundle->runtime.policy.handler, program, err) < 0)
		return -1;
	if (exec->attached)
		return engine_oci_attached(&oci, bundle, exec, status, err);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (exec_start(&oci, bundle, exec, &pid, err) < 0)
		return -1;
	return spawn_limited(pid, exec->timeout_ms, status, err);
}

const struct engine engine_oci = {
	.name = "oci",
	.start = start,
	.end = end,
	.exec = exec,
};
