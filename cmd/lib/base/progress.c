/* SPDX-License-Identifier: Apache-2.0 */
/* Progress on a terminal, in lines, and as JSON. */
#include "cmd/lib/base/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "cmd/lib/base/clock.h"
#include "cmd/lib/base/json.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"

#define REDRAW_MS 100
#define JSON_MS 250
#define PLAIN_MS 10000
#define LINES_MAX 8
#define DIGEST_SHOWN 19 /* "sha256:" and twelve digits */
#define COLUMNS_DEFAULT 80

/* The one at work. */
static struct progress *current;

static double megabytes(uint64_t bytes)
{
	return (double)bytes / 1e6;
}

static unsigned columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return COLUMNS_DEFAULT;
	return size.ws_col;
}

/* A line longer than the terminal would take two, and spoil the count. */
static void show_line(struct progress *progress, const char *text)
{
	fprintf(stderr, "%.*s\033[K\n", (int)columns() - 1, text);
	progress->shown_lines++;
}

static bool is_on_its_way(const struct progress_part *part)
{
	return part->done_bytes > 0 && !part->ended;
}

static void show_part(struct progress *progress,
		      const struct progress_part *part)
{
	char digest[DIGEST_TEXT_SIZE];
	SCOPED_FREE char *text = xasprintf(
		"  %.*s  %6.1f of %6.1f MB  %s", DIGEST_SHOWN,
		digest_text(&part->digest, digest), megabytes(part->done_bytes),
		megabytes(part->total_bytes), part->name);

	show_line(progress, text);
}

static char *summary(const struct progress *progress)
{
	return xasprintf("%s  %.1f of %.1f MB", progress->label,
			 megabytes(progress->done_bytes),
			 megabytes(progress->total_bytes));
}

static void hide(struct progress *progress)
{
	if (progress->shown_lines)
		fprintf(stderr, "\033[%uA\r\033[J", progress->shown_lines);
	progress->shown_lines = 0;
}

static void draw(struct progress *progress)
{
	SCOPED_FREE char *text = summary(progress);

	hide(progress);
	for (size_t i = 0; i < progress->count; i++)
		if (is_on_its_way(&progress->parts[i]) &&
		    progress->shown_lines < LINES_MAX)
			show_part(progress, &progress->parts[i]);
	show_line(progress, text);
	fflush(stderr);
}

static void tell_json(const struct progress_part *part)
{
	char digest[DIGEST_TEXT_SIZE];
	SCOPED_JSON json_t *line = json_pack(
		"{s:s, s:s, s:s, s:I, s:I, s:b}", "progress",
		part->whole->label, "name", part->name, "digest",
		digest_text(&part->digest, digest), "done",
		(json_int_t)part->done_bytes, "total",
		(json_int_t)part->total_bytes, "ended", (int)part->ended);

	log_json(line);
}

/* Has enough time passed since the last time? */
static bool is_due(long long *told_ms, long long every_ms)
{
	long long now = clock_monotonic_ms();

	if (now - *told_ms < every_ms)
		return false;
	*told_ms = now;
	return true;
}

static void tell(struct progress_part *part)
{
	struct progress *progress = part->whole;

	if (!log_shows(LOG_LEVEL_INFO))
		return;
	if (log_form() == LOG_FORM_JSON) {
		if (is_due(&part->told_ms, JSON_MS))
			tell_json(part);
	} else if (progress->on_terminal) {
		if (is_due(&progress->told_ms, REDRAW_MS))
			draw(progress);
	} else if (is_due(&progress->told_ms, PLAIN_MS)) {
		SCOPED_FREE char *text = summary(progress);

		log_info("%s", text);
	}
}

void progress_start(struct progress *progress)
{
	long long now = clock_monotonic_ms();

	progress->total_bytes = 0;
	progress->told_ms = now;
	progress->on_terminal = log_form() == LOG_FORM_TERMINAL;
	for (size_t i = 0; i < progress->count; i++) {
		progress->parts[i].whole = progress;
		progress->parts[i].told_ms = now;
		progress->total_bytes += progress->parts[i].total_bytes;
	}
	current = progress;
}

void progress_add(struct progress_part *part, uint64_t bytes)
{
	part->done_bytes += bytes;
	part->whole->done_bytes += bytes;
	tell(part);
}

void progress_forget(struct progress_part *part)
{
	part->whole->done_bytes -= part->done_bytes;
	part->done_bytes = 0;
}

void progress_end(struct progress_part *part)
{
	part->whole->done_bytes += part->total_bytes - part->done_bytes;
	part->done_bytes = part->total_bytes;
	part->ended = true;
	part->told_ms -= JSON_MS;
	tell(part);
}

void progress_release(struct progress *progress)
{
	if (current == progress)
		current = NULL;
	hide(progress);
}

void progress_hide(void)
{
	if (current)
		hide(current);
}
