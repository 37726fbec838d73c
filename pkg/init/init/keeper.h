/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the supervisor of services running. It says in a file who it is and how
 * it is started; one that ends is started again and finds there what it needs
 * to go on, and on descriptor 3 how orphans have ended that were its children.
 * docs/boot-contract.md, section 7.
 */
#pragma once

#include <sys/types.h>

/* Takes the end of a child that nobody else waits for. */
void keeper_reaped(pid_t pid, int status);

/* When keeper_tick has something to do, as timeline_now; 0: never. */
long long keeper_due(void);
void keeper_tick(void);

/* The machine goes down: what is to be started is started now. */
void keeper_hurry(void);

/* It is not started any more: there is nothing left for it to do. */
void keeper_stop(void);
