/* SPDX-License-Identifier: Apache-2.0 */
/* One container that runs to its end. */
#include "pkg/init/service/oneshot_entry.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pkg/init/service/collector.h"
#include "pkg/init/service/engine.h"
#include "pkg/init/service/fs.h"
#include "pkg/init/service/inside.h"
#include "pkg/init/service/oci.h"
#include "pkg/init/service/spawn.h"
#include "pkg/init/service/worker.h"

/* From the kill of a container to the end of its runtime's process. */
#define KILL_MS 5000

static int open_log(const struct entry *entry, const char *path,
		    struct err *err)
{
	int fd = entry->console
			 ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
			 : open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC,
				0644);

	return fd < 0 ? err_sys(err, "open %s", path) : fd;
}

static void copy_log(const char *path)
{
	SCOPED_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	char block[4096];
	ssize_t got;

	while (fd >= 0 && (got = read(fd, block, sizeof(block))) > 0)
		(void)!write(STDOUT_FILENO, block, (size_t)got);
}

/* Returns 1 if it ended, 0 if its time is out, -1 on error. */
static int wait_limited(const struct entry *entry, pid_t pid, int *status,
			struct err *err)
{
	long long timeout_ms = entry->bundle.runtime.policy.timeout_ms;
	int wait_ms = timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms;

	return spawn_wait(pid, wait_ms > 0 ? wait_ms : WAIT_FOREVER, status,
			  err);
}

static int too_late(const struct entry *entry, struct err *err)
{
	return err_set(err, "not done within %lld ms",
		       entry->bundle.runtime.policy.timeout_ms);
}

/* create, prepare, start, wait: when something must happen in between. */
static int run_in_steps(const struct entry *entry, const struct oci *oci,
			int *status, struct err *err)
{
	struct err ignored;
	pid_t pid;

	if (oci_create(oci, &pid, err) < 0)
		return -1;
	int done = bundle_prepare_process(&entry->bundle, pid, err);

	if (done == 0)
		done = oci_start(oci, err);
	/* The first process is ours, since we adopt orphans. */
	int ended = done == 0 ? wait_limited(entry, pid, status, err) : -1;

	if (oci_delete(oci, &ignored) < 0)
		say_debug("%s: %s", oci->id, ignored.msg);
	if (ended == 0) {
		(void)!spawn_wait(pid, KILL_MS, status, &ignored);
		return too_late(entry, err);
	}
	return ended < 0 ? -1 : 0;
}

/* One start of the runtime instead of three. */
static int run_at_once(const struct entry *entry, const struct oci *oci,
		       int *status, struct err *err)
{
	struct err ignored;
	pid_t pid = oci_run(oci, err);
	int ended = pid < 0 ? -1 : wait_limited(entry, pid, status, err);

	if (ended != 0)
		return ended < 0 ? -1 : 0;
	/* Killing the runtime's own process would leave the container. */
	if (oci_delete(oci, &ignored) < 0)
		say_debug("%s: %s", oci->id, ignored.msg);
	if (spawn_wait(pid, KILL_MS, status, &ignored) == 0) {
		(void)kill(pid, SIGKILL);
		(void)!spawn_wait(pid, WAIT_FOREVER, status, &ignored);
	}
	return too_late(entry, err);
}

static int write_config(const struct entry *entry, struct err *err)
{
	SCOPED_FREE char *config = NULL;
	char path[PATH_BYTES];

	if (bundle_config(&entry->bundle, &config, err) < 0 ||
	    fs_path(path, err, "%s/config.json", entry->bundle.run) < 0)
		return -1;
	return fs_write(path, config, err);
}

static int run_oci(const struct entry *entry, int *status, struct err *err)
{
	const struct runtime *runtime = &entry->bundle.runtime;
	bool changed = inside_needed(&runtime->policy);
	char program[PATH_BYTES];
	SCOPED_FD out = open_log(entry, entry->bundle.out_path, err);
	SCOPED_FD log =
		out < 0 ? -1 : open_log(entry, entry->bundle.err_path, err);
	const struct oci oci = {
		.program = program,
		.id = entry->name,
		.bundle = changed ? entry->bundle.run : entry->bundle.path,
		.debug = entry->debug,
		.out_fd = out,
		.err_fd = log,
	};

	if (log < 0 || oci_program(runtime->policy.handler, program, err) < 0 ||
	    (changed && write_config(entry, err) < 0))
		return -1;
	return runtime_needs_process(runtime)
		       ? run_in_steps(entry, &oci, status, err)
		       : run_at_once(entry, &oci, status, err);
}

static void start_plain(const void *subject, struct work *work)
{
	const struct entry *entry = subject;

	work->failed =
		engine_plain.start(&entry->bundle, &work->pid, &work->err) < 0;
}

/* In a worker, since entering a PID namespace cannot be taken back. */
static int run_plain(const struct entry *entry, int *status, struct err *err)
{
	struct worker worker = WORKER_IDLE;
	struct work work;
	struct err ignored;
	int unknown;

	if (worker_start(&worker, start_plain, entry, err) < 0)
		return -1;
	pid_t starter = worker.pid;

	worker_take(&worker, &work);
	(void)!spawn_wait(starter, WAIT_FOREVER, &unknown, &ignored);
	if (work.failed) {
		*err = work.err;
		return -1;
	}
	int ended = wait_limited(entry, work.pid, status, err);

	if (ended == 0) {
		(void)kill(work.pid, SIGKILL);
		(void)!spawn_wait(work.pid, WAIT_FOREVER, &unknown, &ignored);
		(void)too_late(entry, err);
	}
	if (engine_plain.end(&entry->bundle, &unknown, &ignored) < 0)
		say("%s: clean up: %s", entry->name, ignored.msg);
	return ended > 0 ? 0 : -1;
}

static int run_container(const struct entry *entry, struct err *err)
{
	bool plain = strcmp(entry->bundle.runtime.policy.handler, "none") == 0;
	char text[64];
	int status = 0;

	if ((plain ? run_plain(entry, &status, err)
		   : run_oci(entry, &status, err)) < 0)
		return -1;
	if (status == 0)
		return 0;
	spawn_describe(status, text, sizeof(text));
	return err_set(err, "%s", text);
}

/* Live lines go to the files and then the console; a collector has them after.
 */
static void give_log(const struct entry *entry, const char *path,
		     const char *suffix)
{
	SCOPED_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	char name[PATH_BYTES];
	struct err err;

	if (fd < 0 || !fs_exists(COLLECTOR_SOCKET))
		return;
	if (fs_path(name, &err, "%s.%s%s", entry->oneshot->kind, entry->name,
		    suffix) < 0 ||
	    collector_give(COLLECTOR_SOCKET, name, fd, &err) < 0)
		say("%s: %s", entry->name, err.msg);
}

static int open_entry(struct entry *entry, struct err *err)
{
	const char *kind = entry->oneshot->kind;
	struct bundle *bundle = &entry->bundle;

	bundle->name = entry->name;
	if (fs_path(bundle->path, err, "%s/%s", entry->oneshot->folder,
		    entry->name) < 0 ||
	    fs_path(bundle->run, err, RUN_FOLDER "/%s/%s", kind, entry->name) <
		    0 ||
	    fs_path(bundle->out_path, err, ONESHOT_LOGS "/%s/%s.%s.out.log",
		    kind, kind, entry->name) < 0 ||
	    fs_path(bundle->err_path, err, ONESHOT_LOGS "/%s/%s.%s.log", kind,
		    kind, entry->name) < 0)
		return -1;
	return runtime_read(&bundle->runtime, bundle->path, err);
}

int entry_run(struct entry *entry, struct err *err)
{
	if (open_entry(entry, err) < 0)
		return -1;
	int done = bundle_prepare(&entry->bundle, err);

	if (done == 0) {
		done = run_container(entry, err);
		if (!entry->console) {
			copy_log(entry->bundle.out_path);
			copy_log(entry->bundle.err_path);
			give_log(entry, entry->bundle.out_path, ".out");
			give_log(entry, entry->bundle.err_path, "");
		}
	}
	bundle_undo(&entry->bundle);
	return done;
}
