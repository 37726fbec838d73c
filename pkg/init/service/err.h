/* SPDX-License-Identifier: Apache-2.0 */
/* One error: a sentence for people, built from the inside outwards. */
#pragma once

#include "pkg/init/service/base.h"

struct err {
	char msg[1024];
};

/* All return -1, so that a caller can return their value. */
int err_set(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Adds ": " and the text of errno. */
int err_sys(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Puts context and ": " in front of the message that is there. */
int err_wrap(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Prints "service: " and a line on standard error, in one write. */
void say(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* The same, left out with -q. */
void say_step(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* The same, only with -v. */
void say_debug(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* -1 for -q, 1 for -v. */
void say_set_level(int level);
