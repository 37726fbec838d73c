/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the boot came how far: lines "MS WHO WHAT" in /run/kitbuild/timeline, in
 * milliseconds since the kernel's clock began; docs/boot-contract.md, section
 * 9. Programs of /etc/init.d add theirs.
 */
#pragma once

/* Milliseconds since the kernel's clock began. */
long long timeline_now(void);

/* Once /run is mounted; what was taken before is kept until then. */
void timeline_open(void);

/* Takes what happened now. */
void timeline_mark(const char *who, const char *what);

/* A step of the boot is over: for timeline_steps. */
void timeline_step(const char *name);

/* "kernel 0.912, root 0.001, 020-containerd 0.170", without what took 0 ms. */
const char *timeline_steps(void);

/*
 * The kernel is done: now, or when the word says. That is the argument of an
 * init that another one starts in the root that it has found, and
 * timeline_kernel_word what that one gives it. The kernel's own arguments have
 * no '='.
 */
void timeline_kernel(const char *word);
char *timeline_kernel_word(void);
