/* SPDX-License-Identifier: Apache-2.0 */
/* Long-running containers: what the command line can ask for. */
#pragma once

#include <stdbool.h>

struct services {
	const char *socket_path;
	const char *folder;  /* of the bundles */
	const char *program; /* containerd */
	const char *namespace_name;
	const char *dump_spec; /* file to write the spec to, or NULL */
	bool json;             /* ls and status print JSON */
};

/*
 * Each prints what it does and why it failed; 0 or an exit status. All but the
 * first two ask the supervisor. Without one, start, stop, restart and ls act on
 * containerd themselves.
 */
int services_system_init(const struct services *services);

/* The same without containerd; does nothing if the image has it. */
int services_alone(const struct services *services);

/* What process 1 runs when the supervisor has died. */
int services_resume(const struct services *services, bool with_containerd);
int services_start(const struct services *services, const char *name);
int services_stop(const struct services *services, const char *name);
int services_restart(const struct services *services, const char *name);
int services_list(const struct services *services);
int services_status(const struct services *services, const char *name);

/* Stops all, those that came last first, before the machine goes down. */
int services_down(void);
