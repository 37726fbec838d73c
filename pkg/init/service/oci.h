/* SPDX-License-Identifier: Apache-2.0 */
/* An OCI runtime's command line: runc's, which the others share. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "pkg/init/service/err.h"

/* A container that the runtime is asked about, and where its output goes. */
struct oci {
	const char *program; /* path, from oci_program */
	const char *root;    /* of the runtime's state; NULL: its own choice */
	const char *id;
	const char *bundle;
	bool debug;
	long long limit_ms; /* of oci_exec; 0: that of all other calls */
	int out_fd;         /* -1: ours */
	int err_fd;
};

/*
 * Finds the program of a runtime by its name. "" is runc, or crun if that is
 * what there is.
 */
MUST_CHECK int oci_program(const char *name, char *path, struct err *err);

/* Starts the container in one go; returns the runtime's process id, or -1. */
MUST_CHECK pid_t oci_run(const struct oci *oci, struct err *err);

/* Makes the container and tells the id of its first process. */
MUST_CHECK int oci_create(const struct oci *oci, pid_t *pid, struct err *err);
MUST_CHECK int oci_start(const struct oci *oci, struct err *err);

/*
 * Starts one more process, from a file with its JSON, and tells its id; it
 * becomes a child of the nearest subreaper. One at a time of each container.
 */
MUST_CHECK int oci_exec(const struct oci *oci, const char *process_file,
			pid_t *pid, struct err *err);

/*
 * The same with our standard input, in the foreground; returns the runtime's
 * process id, whose exit status is the command's.
 */
MUST_CHECK pid_t oci_exec_attached(const struct oci *oci,
				   const char *process_file, struct err *err);

/* Kills what is left and forgets the container. */
MUST_CHECK int oci_delete(const struct oci *oci, struct err *err);
