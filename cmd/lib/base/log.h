/* SPDX-License-Identifier: Apache-2.0 */
/* What the program tells a person while it works: lines on stderr. */
#pragma once

#include "cmd/lib/base/scope.h"

#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERROR = 0,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* Set once by main; INFO until then. */
void log_set_level(enum log_level level);

void log_at(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

#define log_error(...) log_at(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_at(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)

/*
 * Progress of one long piece of work. On a terminal one line is rewritten a few
 * times a second and removed at the end; elsewhere nothing but the lines that
 * log_info prints. { 0 } is idle; `label` is borrowed.
 */
struct progress {
	const char *label;
	unsigned long long total; /* 0 = not known */
	unsigned long long done;
	long long shown_ms;
	bool visible;
};

void progress_start(struct progress *progress, const char *label,
		    unsigned long long total);
void progress_add(struct progress *progress, unsigned long long bytes);
void progress_release(struct progress *progress);
