/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What carries out a service: containerd, an OCI runtime, or the launcher
 * itself. All calls may take long, so the supervisor makes them in processes of
 * their own. A service's end is seen by the supervisor, through its process id.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "pkg/init/service/bundle.h"

struct engine_exec {
	const char *const *argv; /* ends in NULL */
	long long timeout_ms;    /* 0: none */
	pid_t pid;               /* of the service's first process */
	bool attached;           /* at our own streams, not at its log */
	bool terminal;           /* which are a terminal */
};

struct engine {
	const char *name;
	bool needs_runtime; /* containerd has to run */

	/* Starts it, from the bundle to its command. Nothing stays on failure.
	 */
	int (*start)(const struct bundle *bundle, pid_t *pid, struct err *err);

	/*
	 * After its first process has ended: ends what is left and takes all
	 * down, so that it can be started again. *status is the exit status if
	 * the engine is the one to know it, else untouched.
	 */
	int (*end)(const struct bundle *bundle, int *status, struct err *err);

	/*
	 * Runs a command inside. Fails if it could not be run or took too long;
	 * an exit status is an answer.
	 */
	int (*exec)(const struct bundle *bundle, const struct engine_exec *exec,
		    int *status, struct err *err);
};

extern const struct engine engine_containerd;
extern const struct engine engine_oci;
extern const struct engine engine_plain;

/* The one that a bundle's handler asks for. */
const struct engine *engine_choose(const struct bundle *bundle,
				   bool with_containerd);

struct oci;

/* exec of a container that an OCI runtime knows, at our own streams. */
MUST_CHECK int engine_oci_attached(const struct oci *oci,
				   const struct bundle *bundle,
				   const struct engine_exec *exec, int *status,
				   struct err *err);

struct task;

/* What containerd knows of a service, if it has one. */
MUST_CHECK int engine_find_task(const struct bundle *bundle, struct task *task,
				struct err *err);

/*
 * containerd's store may outlive a reboot; its processes do not. Deletes what
 * it still knows of and what has no bundle; the others are replaced when they
 * are started.
 */
MUST_CHECK int engine_delete_stale(const struct services *services,
				   struct err *err);
