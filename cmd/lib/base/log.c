/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines on stderr. */
#include "cmd/lib/base/log.h"

#include <stdarg.h>
#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/progress.h"

/* What a line of each level looks like. */
static const struct style {
	const char *name; /* in JSON */
	const char *prefix;
	const char *colour;
} styles[] = {
	[LOG_LEVEL_ERROR] = { "error", "kitbuild: ", "\033[1;31m" },
	[LOG_LEVEL_WARN] = { "warning", "kitbuild: warning: ", "\033[1;33m" },
	[LOG_LEVEL_INFO] = { "info", "", "" },
	[LOG_LEVEL_DEBUG] = { "debug", "", "\033[2m" },
};

static enum log_level shown_level = LOG_LEVEL_INFO;
static bool form_is_set;
static enum log_form set_form;

void log_set_level(enum log_level level)
{
	shown_level = level;
}

bool log_shows(enum log_level level)
{
	return level <= shown_level;
}

static bool is_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

int log_set_form(const char *word, struct err *err)
{
	form_is_set = strcmp(word, "auto") != 0;
	set_form = strcmp(word, "json") == 0 ? LOG_FORM_JSON : LOG_FORM_PLAIN;
	if (!form_is_set || set_form == LOG_FORM_JSON ||
	    strcmp(word, "plain") == 0)
		return 0;
	return err_set(err, FAULT_INPUT, "'%s' is none of auto, plain and json",
		       word);
}

enum log_form log_form(void)
{
	if (form_is_set)
		return set_form;
	return is_terminal() ? LOG_FORM_TERMINAL : LOG_FORM_PLAIN;
}

static bool has_colours(void)
{
	const char *no_color = getenv("NO_COLOR");

	return log_form() == LOG_FORM_TERMINAL && !(no_color && *no_color);
}

void log_json(const json_t *line)
{
	SCOPED(buf) text = { 0 };

	json_write_compact(&text, line);
	fprintf(stderr, "%s\n", buf_text(&text));
}

static bool is_control(unsigned char c)
{
	return (c < ' ' && c != '\n' && c != '\t') || c == 0x7f;
}

static bool is_not_ascii(unsigned char c)
{
	return c >= 0x80;
}

/* Names from outside may hold any bytes. */
static void blot(char *text, bool (*is_bad)(unsigned char c))
{
	for (; *text; text++)
		if (is_bad((unsigned char)*text))
			*text = '?';
}

static json_t *make_json(const struct style *style, const char *text)
{
	return json_pack("{s:s, s:s}", "level", style->name, "message", text);
}

static void write_json(const struct style *style, char *text)
{
	SCOPED_JSON json_t *line = make_json(style, text);

	if (!line) { /* it is not UTF-8 */
		blot(text, is_not_ascii);
		line = make_json(style, text);
	}
	log_json(line);
}

/* Nothing from outside may command the terminal. */
static void write_line(const struct style *style, char *text)
{
	bool coloured = has_colours() && *style->colour;

	blot(text, is_control);
	progress_hide();
	fprintf(stderr, "%s%s%s%s\n", coloured ? style->colour : "",
		style->prefix, text, coloured ? "\033[0m" : "");
}

void log_at(enum log_level level, const char *fmt, ...)
{
	SCOPED_FREE char *text = NULL;
	va_list ap;

	if (!log_shows(level))
		return;
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	if (log_form() == LOG_FORM_JSON)
		write_json(&styles[level], text);
	else
		write_line(&styles[level], text);
}
