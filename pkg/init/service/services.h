/* SPDX-License-Identifier: Apache-2.0 */
/* Long-running containers under containerd. */
#pragma once

struct services {
	const char *socket_path;
	const char *folder;  /* of the bundles */
	const char *program; /* containerd */
	const char *namespace_name;
	const char *dump_spec; /* file to write the spec to, or NULL */
};

/* Each prints what it does and why it failed; 0 or an exit status. */
int services_system_init(const struct services *services);
int services_start(const struct services *services, const char *name);
int services_stop(const struct services *services, const char *name);
int services_restart(const struct services *services, const char *name);
int services_list(const struct services *services);
