/* SPDX-License-Identifier: Apache-2.0 */
/* Loading kernel modules from /lib/modules of the running kernel. */
#pragma once

#include <stdbool.h>

/*
 * Maps the index files. Without modules (everything built in) nothing is
 * found afterwards, silently.
 */
void modules_open(void);

/* A parameter, as name=value, for a module that is loaded afterwards. */
void modules_parameter(const char *name, const char *parameter);

/* Loads a module and what it needs. Returns 0, or -1 with errno. */
int modules_load(const char *name);

/*
 * Loads all modules that serve an alias and are not on the blacklist. Returns
 * how many were found, or -1 with errno if one of them failed.
 */
int modules_load_alias(const char *alias);

/* True if the kernel has the module built in. */
bool modules_builtin(const char *name);

enum coldplug {
	COLDPLUG_URGENT, /* all but what no container waits for, as buttons */
	COLDPLUG_ALL,
};

/*
 * Loads modules for every device the kernel knows now, and for those that
 * appear by it, until nothing new appears. Each alias is tried once for the
 * life of the program. Returns the number of aliases tried by this call.
 */
unsigned modules_coldplug(enum coldplug what);

/* True the first time it is called for an alias. */
bool modules_alias_is_new(const char *alias);
