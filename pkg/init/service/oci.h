/* SPDX-License-Identifier: Apache-2.0 */
/* The OCI runtime's command line: runc, or crun if that is what there is. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "pkg/init/service/err.h"

/* A container that the runtime is asked about, and where its output goes. */
struct oci {
	const char *id;
	const char *bundle;
	bool debug;
	int out_fd; /* -1: ours */
	int err_fd;
};

/* Starts the container in one go; returns the runtime's process id, or -1. */
MUST_CHECK pid_t oci_run(const struct oci *oci, struct err *err);

/* Makes the container and tells the id of its first process. */
MUST_CHECK int oci_create(const struct oci *oci, pid_t *pid, struct err *err);
MUST_CHECK int oci_start(const struct oci *oci, struct err *err);

/* Kills what is left and forgets the container. */
MUST_CHECK int oci_delete(const struct oci *oci, struct err *err);
