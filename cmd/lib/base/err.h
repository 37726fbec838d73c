/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors: one sentence for a person, wrapped on the way up, printed once.
 *
 * A fallible function returns 0 or -1 and has `struct err *err` as its last
 * parameter. On -1 the error is set exactly once; on 0 it is untouched. The
 * fault is the program's exit status. No caller branches on the message:
 * expected answers ("not in the store") are out-parameters, not errors.
 *
 * A message names the thing, not the function: lower case, no full stop.
 */
#pragma once

#include "cmd/lib/base/scope.h"

enum fault {
	FAULT_NONE = 0,
	FAULT_SYSTEM = 1, /* the machine: disk, network, permission */
	FAULT_INPUT = 2,  /* what the user gave: manifest, option, image */
	FAULT_TRUST = 3,  /* a digest or a signature does not match */
};

/* { 0 } is "no error". The message is owned. */
struct err {
	enum fault fault;
	char *msg;
};

void err_release(struct err *err);

/* Each returns -1, so that `return err_set(...)` reads well. */
int err_set(struct err *err, enum fault fault, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* A failed system call: appends ": " and the text of errno; FAULT_SYSTEM. */
int err_sys(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Puts "context: " before the message that err holds; keeps its fault. */
int err_wrap(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Moves the error of a finished helper (a thread, say) to the caller's. */
int err_move(struct err *to, struct err *from);
