/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of init: to the kernel log, or the console before there is one. */
#pragma once

#include "pkg/init/init/base.h"

/* The kernel's severities. */
enum log_level {
	LOG_LEVEL_ERR = 3,
	LOG_LEVEL_WARN = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/* Opens /dev/kmsg; until it succeeds messages go to standard error. */
void log_open(void);

/* Messages above this level are dropped. */
void log_set_level(enum log_level level);

/* Writes one line. Keeps errno, so "%m" and later checks both work. */
void log_at(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * Writes a line that must be seen: to the kernel log, and to the console too
 * unless the kernel prints that severity there by itself.
 */
void log_say(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Lets the console go on that somebody has stopped with Ctrl-S. */
void log_unstop(void);

#define log_err(...) log_at(LOG_LEVEL_ERR, __VA_ARGS__)
#define log_warn(...) log_at(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)
