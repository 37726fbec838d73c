/* SPDX-License-Identifier: Apache-2.0 */
/* What /proc and control groups tell of a process. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*
 * True if the kernel drops the signal though the process never said it wanted
 * none: the first process of a PID namespace gets only what it has a handler
 * for, or blocks. One that ignores the signal does so on purpose, and may be
 * busy ending: it gets its time.
 */
bool process_is_deaf(pid_t pid, int sig);

/* How soon the kernel ends us when memory is short, from -1000 to 1000. */
void process_set_oom_score(int score);

/*
 * When a process was started, in the kernel's ticks since boot: with its id,
 * what tells it from all others. 0: there is none.
 */
long long process_born(pid_t pid);

/* The file that it runs, to be compared only; 0: there is none. */
unsigned long long process_program(pid_t pid);

/*
 * Waits until the process runs another file than before, or is gone; 500 ms at
 * most. A runtime's start returns while the container's first process is still
 * the runtime's own, which would swallow a signal that is meant for the
 * service.
 */
void process_await_exec(pid_t pid, unsigned long long before);

/* memory.events of its control group, open; -1: there is none. */
int process_memory_events(pid_t pid);

/* True if something was killed there for lack of memory. */
bool process_was_oom(int memory_events_fd);

/* The same from the text of memory.events. Pure. */
bool process_events_tell_oom(const char *events);
