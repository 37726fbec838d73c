/* SPDX-License-Identifier: Apache-2.0 */
/* containerd's API, version 1: the calls that service needs. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "pkg/init/service/fs.h"
#include "pkg/init/service/grpc.h"

/* Where a call goes: connection and containerd namespace. */
struct containerd {
	struct grpc grpc;
	const char *namespace_name;
};

enum task_status {
	TASK_NONE, /* no such task */
	TASK_CREATED,
	TASK_RUNNING,
	TASK_STOPPED,
	TASK_PAUSED,
	TASK_PAUSING,
};

struct task {
	enum task_status status;
	pid_t pid;
	unsigned exit_status;
};

/* Makes the container object from an OCI spec (JSON). */
MUST_CHECK int containerd_create(struct containerd *to, const char *id,
				 const char *spec, struct err *err);

/* Lists the ids of all containers of the namespace. */
MUST_CHECK int containerd_list(struct containerd *to, struct names *ids,
			       struct err *err);

/* Makes the first process, not started yet. Paths are files for its output. */
MUST_CHECK int containerd_task_create(struct containerd *to, const char *id,
				      const char *out_path,
				      const char *err_path, pid_t *pid,
				      struct err *err);
MUST_CHECK int containerd_task_start(struct containerd *to, const char *id,
				     struct err *err);
MUST_CHECK int containerd_task_get(struct containerd *to, const char *id,
				   struct task *task, struct err *err);

/* In these three, what is not there any more is no error. */
MUST_CHECK int containerd_task_kill(struct containerd *to, const char *id,
				    int sig, struct err *err);
MUST_CHECK int containerd_task_delete(struct containerd *to, const char *id,
				      struct err *err);
MUST_CHECK int containerd_delete(struct containerd *to, const char *id,
				 struct err *err);

/*
 * Fails at the time limit too; the connection is to be closed then. *status is
 * the exit status; it stays as it is if there is no such task.
 */
MUST_CHECK int containerd_task_wait(struct containerd *to, const char *id,
				    int timeout_ms, int *status,
				    struct err *err);

/* One more process in a container. */
struct containerd_exec {
	const char *id;
	const char *exec_id;
	const char *process;  /* of the OCI runtime specification, in JSON */
	const char *log_path; /* an existing file, for both its outputs */
};

MUST_CHECK int containerd_exec(struct containerd *to,
			       const struct containerd_exec *exec,
			       struct err *err);

/* As containerd_task_wait. */
MUST_CHECK int containerd_exec_wait(struct containerd *to,
				    const struct containerd_exec *exec,
				    int timeout_ms, int *status,
				    struct err *err);

/* Kills it if it still runs, and forgets it. */
MUST_CHECK int containerd_exec_end(struct containerd *to,
				   const struct containerd_exec *exec,
				   struct err *err);
