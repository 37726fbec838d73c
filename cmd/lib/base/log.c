/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines and progress on stderr. */
#include "cmd/lib/base/log.h"

#include <stdarg.h>
#include <string.h>

#include "cmd/lib/base/clock.h"
#include "cmd/lib/base/mem.h"

#define REDRAW_MS 100

static enum log_level shown_level = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
	shown_level = level;
}

static bool shows(enum log_level level)
{
	return level <= shown_level;
}

static bool is_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

static bool has_colours(void)
{
	const char *no_color = getenv("NO_COLOR");

	return is_terminal() && !(no_color && *no_color);
}

void log_at(enum log_level level, const char *fmt, ...)
{
	static const struct {
		const char *prefix;
		const char *colour;
	} styles[] = {
		[LOG_LEVEL_ERROR] = { "kitbuild: ", "\033[1;31m" },
		[LOG_LEVEL_WARN] = { "kitbuild: warning: ", "\033[1;33m" },
		[LOG_LEVEL_INFO] = { "", "" },
		[LOG_LEVEL_DEBUG] = { "", "\033[2m" },
	};
	SCOPED_FREE char *text = NULL;
	bool coloured = has_colours() && *styles[level].colour;
	va_list ap;

	if (!shows(level))
		return;
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	fprintf(stderr, "%s%s%s%s\n", coloured ? styles[level].colour : "",
		styles[level].prefix, text, coloured ? "\033[0m" : "");
}

void progress_start(struct progress *progress, const char *label,
		    unsigned long long total)
{
	*progress = (struct progress){
		.label = label,
		.total = total,
		.shown_ms = clock_monotonic_ms(),
		.visible = is_terminal() && shows(LOG_LEVEL_INFO),
	};
}

void progress_add(struct progress *progress, unsigned long long bytes)
{
	long long now;

	progress->done += bytes;
	if (!progress->visible)
		return;
	now = clock_monotonic_ms();
	if (now - progress->shown_ms < REDRAW_MS)
		return;
	progress->shown_ms = now;
	fprintf(stderr, "\r\033[K%s  %.1f", progress->label,
		(double)progress->done / 1e6);
	if (progress->total)
		fprintf(stderr, " of %.1f", (double)progress->total / 1e6);
	fputs(" MB", stderr);
	fflush(stderr);
}

void progress_release(struct progress *progress)
{
	if (progress->visible)
		fputs("\r\033[K", stderr);
	progress->visible = false;
}
