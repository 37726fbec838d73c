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
 * life of process 1, in whichever child.
 */
void modules_coldplug(enum coldplug what);

/*
 * The same in a child, which is waited for: a driver may be long in coming
 * back, or never come. After modules_patience_s the module that is at fault is
 * told and left alone, and the others are loaded.
 */
void modules_coldplug_wait(enum coldplug what);

/* What a child is loading just now, or "". */
const char *modules_loading(void);

/* Nobody is to load it any more; who needs it fails. */
void modules_give_up(const char *name);

/* udev.event_timeout= of the kernel command line, in seconds; else 180. */
unsigned modules_patience_s(void);

/* True the first time it is called for an alias. */
bool modules_alias_is_new(const char *alias);
