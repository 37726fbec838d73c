/* SPDX-License-Identifier: Apache-2.0 */
/* Services as containers of containerd. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pkg/init/service/containerd.h"
#include "pkg/init/service/engine.h"
#include "pkg/init/service/fs.h"
#include "pkg/init/service/oci.h"
#include "pkg/init/service/process.h"
#include "pkg/init/service/services.h"
#include "pkg/init/service/spec.h"

#define KILL_MS 10000

/* Where the shim's runtime keeps its state, a folder for each namespace. */
#define RUNTIME_STATE "/run/containerd/runc"

static void hang_up(struct containerd *to)
{
	grpc_close(&to->grpc);
}

#define SCOPED_CONTAINERD __attribute__((cleanup(hang_up))) struct containerd
#define NOT_CONNECTED                                                          \
	{                                                                      \
		.grpc = {.fd = -1 }                                            \
	}

static const char *namespace_of(const struct bundle *bundle)
{
	const char *own = bundle->runtime.namespace_name;

	return own && own[0] ? own : bundle->services->namespace_name;
}

static int connect_for(struct containerd *to, const struct bundle *bundle,
		       struct err *err)
{
	to->namespace_name = namespace_of(bundle);
	return grpc_connect(&to->grpc, bundle->services->socket_path, err);
}

static int create_container(struct containerd *to, const struct bundle *bundle,
			    struct err *err)
{
	const char *dump = bundle->services->dump_spec;
	SCOPED_FREE char *spec = NULL;

	if (bundle_config(bundle, &spec, err) < 0 ||
	    (dump && fs_write(dump, spec, err) < 0))
		return -1;
	return containerd_create(to, bundle->name, spec, err);
}

static int start_task(struct containerd *to, const struct bundle *bundle,
		      pid_t *pid, struct err *err)
{
	if (containerd_task_create(to, bundle->name, bundle->out_path,
				   bundle->err_path, pid, err) < 0)
		return -1;
	unsigned long long runtime = process_program(*pid);

	if (bundle_prepare_process(bundle, *pid, err) < 0 ||
	    containerd_task_start(to, bundle->name, err) < 0)
		return -1;
	process_await_exec(*pid, runtime);
	return 0;
}

/* Whatever there is of it goes. What is not there any more is no error. */
static int delete_all(struct containerd *to, const char *name, int *status,
		      struct err *err)
{
	if (containerd_task_kill(to, name, SIGKILL, err) < 0 ||
	    containerd_task_wait(to, name, KILL_MS, status, err) < 0 ||
	    containerd_task_delete(to, name, err) < 0)
		return -1;
	return containerd_delete(to, name, err);
}

/* Or an earlier boot has; asking first would cost each start its time. */
static int create_anew(struct containerd *to, const struct bundle *bundle,
		       struct err *err)
{
	struct err ignored;
	int status;

	if (create_container(to, bundle, err) == 0)
		return 0;
	if (delete_all(to, bundle->name, &status, &ignored) < 0)
		return -1;
	return create_container(to, bundle, err);
}

static int start(const struct bundle *bundle, pid_t *pid, struct err *err)
{
	SCOPED_CONTAINERD to = NOT_CONNECTED;
	struct err ignored;
	struct task task;
	int status;

	if (connect_for(&to, bundle, err) < 0)
		return -1;
	/* Checked before anything is mounted over a running service. */
	if (containerd_task_get(&to, bundle->name, &task, err) < 0)
		return -1;
	if (task.status != TASK_NONE && task.status != TASK_STOPPED &&
	    task.status != TASK_CREATED)
		return err_set(err, "is running (pid %d)", (int)task.pid);
	/* A start that containerd did not survive has left its half. */
	if (task.status != TASK_NONE &&
	    delete_all(&to, bundle->name, &status, err) < 0)
		return -1;
	int done = bundle_prepare(bundle, err);

	if (done == 0)
		done = create_anew(&to, bundle, err);
	if (done == 0 && start_task(&to, bundle, pid, err) == 0)
		return 0;
	if (done == 0 && delete_all(&to, bundle->name, &status, &ignored) < 0)
		say_debug("%s: clean up: %s", bundle->name, ignored.msg);
	bundle_undo(bundle);
	return -1;
}

/* The kill also ends what the first process left behind. */
static int end(const struct bundle *bundle, int *status, struct err *err)
{
	SCOPED_CONTAINERD to = NOT_CONNECTED;

	if (connect_for(&to, bundle, err) < 0 ||
	    delete_all(&to, bundle->name, status, err) < 0)
		return -1;
	bundle_undo(bundle);
	return 0;
}

/*
 * At a terminal: the shim's runtime can be asked without the shim, which only
 * knows FIFOs.
 */
static int exec_attached(const struct bundle *bundle,
			 const struct engine_exec *exec, int *status,
			 struct err *err)
{
	char program[PATH_BYTES];
	char root[PATH_BYTES];
	const struct oci oci = { .program = program,
				 .root = root,
				 .id = bundle->name,
				 .bundle = bundle->run,
				 .out_fd = -1,
				 .err_fd = -1 };

	if (oci_program("", program, err) < 0 ||
	    fs_path(root, err, RUNTIME_STATE "/%s", namespace_of(bundle)) < 0)
		return -1;
	return engine_oci_attached(&oci, bundle, exec, status, err);
}

static int exec(const struct bundle *bundle, const struct engine_exec *exec,
		int *status, struct err *err)
{
	if (exec->attached)
		return exec_attached(bundle, exec, status, err);
	SCOPED_CONTAINERD to = NOT_CONNECTED;
	SCOPED_FREE char *config = NULL;
	SCOPED_FREE char *process = NULL;
	char id[32];
	struct err ignored;
	int timeout_ms = exec->timeout_ms > 0 && exec->timeout_ms < 86400000
				 ? (int)exec->timeout_ms
				 : 86400000;

	(void)snprintf(id, sizeof(id), "probe-%d", (int)getpid());
	if (connect_for(&to, bundle, err) < 0 ||
	    spec_load(bundle->path, &config, err) < 0 ||
	    spec_process(config, exec->argv, false, &process, err) < 0)
		return -1;
	const struct containerd_exec request = { .id = bundle->name,
						 .exec_id = id,
						 .process = process,
						 .log_path = bundle->err_path };
	int done = containerd_exec(&to, &request, err);

	if (done == 0)
		done = containerd_exec_wait(&to, &request, timeout_ms, status,
					    err);
	/* A call that ran into its time limit spoils the connection. */
	grpc_close(&to.grpc);
	if (connect_for(&to, bundle, &ignored) < 0 ||
	    containerd_exec_end(&to, &request, &ignored) < 0)
		say_debug("%s: clean up: %s", bundle->name, ignored.msg);
	return done;
}

int engine_find_task(const struct bundle *bundle, struct task *task,
		     struct err *err)
{
	SCOPED_CONTAINERD to = NOT_CONNECTED;

	if (connect_for(&to, bundle, err) < 0)
		return -1;
	return containerd_task_get(&to, bundle->name, task, err);
}

int engine_delete_stale(const struct services *services, struct err *err)
{
	SCOPED_CONTAINERD to = NOT_CONNECTED;
	SCOPED_NAMES ids = { 0 };
	char bundle[PATH_BYTES];
	int status;

	to.namespace_name = services->namespace_name;
	if (grpc_connect(&to.grpc, services->socket_path, err) < 0 ||
	    containerd_list(&to, &ids, err) < 0)
		return -1;
	for (size_t i = 0; i < ids.count; i++) {
		if (fs_path(bundle, err, "%s/%s", services->folder,
			    ids.name[i]) < 0)
			return -1;
		if (fs_exists(bundle))
			continue;
		if (delete_all(&to, ids.name[i], &status, err) < 0)
			return err_wrap(err, "%s", ids.name[i]);
		say_step("%s: stale container deleted", ids.name[i]);
	}
	return 0;
}

const struct engine engine_containerd = {
	.name = "containerd",
	.needs_runtime = true,
	.start = start,
	.end = end,
	.exec = exec,
};
