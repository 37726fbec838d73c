/* SPDX-License-Identifier: Apache-2.0 */
/* Containers that run to their end, one after another: onboot, onshutdown. */
#include "pkg/init/service/oneshot.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"
#include "pkg/init/service/oci.h"
#include "pkg/init/service/prepare.h"
#include "pkg/init/service/spawn.h"

#define LOGS "/run/log"

const struct oneshot oneshot_boot = { "onboot", BUNDLES "/onboot" };
const struct oneshot oneshot_shutdown = { "shutdown", BUNDLES "/onshutdown" };

/* One bundle on its way. */
struct entry {
	const struct oneshot *oneshot;
	const char *name;
	char bundle[PATH_BYTES];
	bool debug;
	bool console;
};

static int open_log(const struct entry *entry, const char *suffix,
		    struct err *err)
{
	const char *kind = entry->oneshot->kind;
	char path[PATH_BYTES];

	if (fs_path(path, err, LOGS "/%s/%s.%s.%s", kind, kind, entry->name,
		    suffix) < 0)
		return -1;
	int fd = entry->console
			 ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
			 : open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC,
				0644);

	return fd < 0 ? err_sys(err, "open %s", path) : fd;
}

static void copy_log(int fd)
{
	char block[4096];
	ssize_t got;

	(void)lseek(fd, 0, SEEK_SET);
	while ((got = read(fd, block, sizeof(block))) > 0)
		(void)!write(STDOUT_FILENO, block, (size_t)got);
}

/* create, prepare, start, wait: when something must happen in between. */
static int run_in_steps(const struct oci *oci, const struct runtime *runtime,
			int *status, struct err *err)
{
	struct err ignored;
	pid_t pid;

	if (oci_create(oci, &pid, err) < 0)
		return -1;
	int done = prepare_process(runtime, pid, err);

	if (done == 0)
		done = oci_start(oci, err);
	/* The first process is ours, since we adopt orphans. */
	if (done == 0)
		done = spawn_wait(pid, WAIT_FOREVER, status, err);
	if (oci_delete(oci, &ignored) < 0)
		say_debug("%s: %s", oci->id, ignored.msg);
	return done < 0 ? -1 : 0;
}

static int run_container(const struct oci *oci, const struct runtime *runtime,
			 struct err *err)
{
	char text[64];
	int status = 0;

	if (runtime_needs_process(runtime)) {
		if (run_in_steps(oci, runtime, &status, err) < 0)
			return -1;
	} else {
		/* One start of the runtime instead of three. */
		pid_t pid = oci_run(oci, err);

		if (pid < 0 || spawn_wait(pid, WAIT_FOREVER, &status, err) < 0)
			return -1;
	}
	if (status == 0)
		return 0;
	spawn_describe(status, text, sizeof(text));
	return err_set(err, "%s", text);
}

static int run_logged(const struct entry *entry, const struct runtime *runtime,
		      struct err *err)
{
	SCOPED_FD out = open_log(entry, "out.log", err);
	SCOPED_FD log = out < 0 ? -1 : open_log(entry, "log", err);

	if (log < 0)
		return -1;
	char program[PATH_BYTES];

	if (oci_program(runtime->policy.handler, program, err) < 0)
		return -1;
	const struct oci oci = { .program = program,
				 .id = entry->name,
				 .bundle = entry->bundle,
				 .debug = entry->debug,
				 .out_fd = out,
				 .err_fd = log };
	int done = run_container(&oci, runtime, err);

	if (!entry->console) {
		copy_log(out);
		copy_log(log);
	}
	return done;
}

static int run_entry(struct entry *entry, struct err *err)
{
	SCOPED_RUNTIME runtime = { 0 };

	if (fs_path(entry->bundle, err, "%s/%s", entry->oneshot->folder,
		    entry->name) < 0 ||
	    runtime_read(&runtime, entry->bundle, err) < 0)
		return -1;
	int done = prepare_files(&runtime, entry->bundle, err);

	if (done == 0)
		done = run_logged(entry, &runtime, err);
	prepare_undo(entry->bundle);
	return done;
}

static int run_told(struct entry *entry)
{
	long long start = clock_ms();
	const char *kind = entry->oneshot->kind;
	struct err err;

	say_step("%s: %s: started", kind, entry->name);
	int done = run_entry(entry, &err);
	long long took = clock_ms() - start;

	if (done < 0)
		say("%s: %s: failed: %s", kind, entry->name, err.msg);
	else
		say_step("%s: %s: done after %lld.%03lld s", kind, entry->name,
			 took / 1000, took % 1000);
	return done;
}

/* After the containers, so that a disk one of them mounted on /var has it. */
static void link_logs(const char *kind)
{
	char target[PATH_BYTES], path[PATH_BYTES];
	struct err err;

	if (fs_path(target, &err, LOGS "/%s", kind) == 0 &&
	    fs_path(path, &err, "/var/log/%s", kind) == 0 &&
	    fs_mkdir_parents(path, &err) == 0)
		(void)!symlink(target, path);
}

int oneshot_run(const struct oneshot *oneshot)
{
	SCOPED_NAMES names = { 0 };
	char logs[PATH_BYTES];
	struct err err;
	int failed = 0;

	if (fs_folders(oneshot->folder, &names, &err) < 0 ||
	    fs_path(logs, &err, LOGS "/%s", oneshot->kind) < 0 ||
	    fs_mkdir(logs, &err) < 0) {
		say("%s: %s", oneshot->kind, err.msg);
		return 1;
	}
	if (names.count == 0)
		return 0;
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (size_t i = 0; i < names.count; i++) {
		struct entry entry = {
			.oneshot = oneshot,
			.name = names.name[i],
			.debug = fs_kernel_word("linuxkit.runc_debug=1"),
			.console = fs_kernel_word("linuxkit.runc_console=1"),
		};

		failed += run_told(&entry) < 0;
	}
	link_logs(oneshot->kind);
	say("%s: %zu of %zu done", oneshot->kind, names.count - (size_t)failed,
	    names.count);
	return failed;
}
