/* SPDX-License-Identifier: Apache-2.0 */
/* A recipe that is being carried out: what was started, and its undoing. */
#pragma once

#include "cmd/lib/vm/child.h"
#include "cmd/lib/vm/hypervisor.h"

/* SESSION_INIT is none. */
struct session {
	struct recipe recipe;
	struct child child;    /* the hypervisor, where it stays with us */
	struct child *helpers; /* owned */
	size_t helper_count;
	char *pid_path; /* owned */
	int listening;  /* for a console that is a socket; -1: it is not */
	int connection; /* its other end, once it has come */
	bool undo;      /* the recipe's last commands are due */
};

#define SESSION_INIT                                                           \
	{                                                                      \
		.child = CHILD_INIT, .listening = -1, .connection = -1         \
	}

/* Starts helpers, commands and hypervisor. What fails leaves what there is. */
int session_start(struct session *session, const struct hypervisor *hypervisor,
		  const struct machine *machine, struct err *err) MUST_CHECK;

/* Kills what runs, undoes what was done, removes what would be left. */
void session_release(struct session *session);
