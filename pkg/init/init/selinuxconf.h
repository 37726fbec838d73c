/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in /etc/selinux/config, selinux_config(5), and which of several
 * policies is taken. Pure: no system calls.
 */
#pragma once

#define SELINUX_TYPE_BYTES 64

enum selinux_mode {
	SELINUX_DISABLED,
	SELINUX_PERMISSIVE,
	SELINUX_ENFORCING,
};

struct selinux_config {
	enum selinux_mode mode;
	char type[SELINUX_TYPE_BYTES]; /* a folder's name */
};

/*
 * Reads the lines SELINUX=MODE and SELINUXTYPE=NAME; others mean nothing here.
 * The last of its kind wins. The text is cut up. Returns NULL, or the first
 * value that cannot be: it points into the text. Left out, the mode is
 * enforcing and the type targeted.
 */
const char *selinux_config_read(char *text, struct selinux_config *config);

/* The N of a file's name policy.N; 0 if it is none. */
unsigned selinux_policy_version(const char *name);
