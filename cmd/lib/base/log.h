/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the program tells while it works: lines on stderr, for a person or, as
 * one JSON object each, for a tool: {"level":"info","message":"..."}.
 */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/base/json.h"

#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERROR = 0,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* Set once by main; INFO until then. */
void log_set_level(enum log_level level);

enum log_form {
	LOG_FORM_PLAIN,
	LOG_FORM_TERMINAL, /* colours, lines that are rewritten */
	LOG_FORM_JSON,
};

/*
 * Set once by main: "auto" (a terminal's when standard error is one), "plain"
 * or "json". FAULT_INPUT for another word. "auto" until then.
 */
int log_set_form(const char *word, struct err *err) MUST_CHECK;
enum log_form log_form(void);

/* Is a message of that level seen by anyone? */
bool log_shows(enum log_level level);

/* A line of its own in a log of form JSON. */
void log_json(const json_t *line);

void log_at(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

#define log_error(...) log_at(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_at(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)
