/* SPDX-License-Identifier: Apache-2.0 */
/* The phases of a boot. */
#include "cmd/lib/vm/timeline.h"

#include <string.h>

#include "cmd/lib/base/clock.h"
#include "cmd/lib/base/mem.h"

#define PHASES_MAX ((size_t)400) /* the guest decides how many lines come */
#define NAME_MAX_CHARS 40
#define ROW 22
#define LEFT 190
#define WIDTH 640

/* What begins when a line has this; the name may be what stands behind. */
static const struct mark {
	const char *text, *name;
	bool takes_rest;
} marks[] = {
	{ "Linux version ", "kernel", false },
	{ "Run /init as init process", "init", false },
	{ "init: /etc/init.d/", NULL, true },
	{ "init: boot complete", "running", false },
	{ "init: power off", "power off", false },
	{ "init: reboot", "reboot", false },
};

void timeline_release(struct timeline *timeline)
{
	for (size_t i = 0; i < timeline->count; i++)
		free(timeline->phases[i].name);
	free(timeline->phases);
	*timeline = (struct timeline){ 0 };
}

static void add(struct timeline *timeline, const char *name, size_t length,
		long long ms)
{
	if (timeline->count == PHASES_MAX)
		return;
	timeline->phases = xrealloc(timeline->phases, timeline->count + 1,
				    sizeof(*timeline->phases));
	timeline->phases[timeline->count++] = (struct timeline_phase){
		.name = xstrndup(name, length < NAME_MAX_CHARS
					       ? length
					       : NAME_MAX_CHARS),
		.begin_ms = ms,
		.end_ms = -1,
	};
}

/* What was going on ends where the next begins. */
static void next_phase(struct timeline *timeline, const char *name,
		       size_t length, long long ms)
{
	if (timeline->count == 0 && ms > 0)
		add(timeline,
		    strcmp(name, "kernel") == 0 ? "firmware" : "start",
		    NAME_MAX_CHARS, 0);
	for (size_t i = 0; i < timeline->count; i++)
		if (!timeline->phases[i].is_service &&
		    timeline->phases[i].end_ms < 0)
			timeline->phases[i].end_ms = ms;
	add(timeline, name, length, ms);
}

static struct timeline_phase *find_service(struct timeline *timeline,
					   const char *name, size_t length)
{
	for (size_t i = 0; i < timeline->count; i++) {
		struct timeline_phase *phase = &timeline->phases[i];

		if (phase->is_service && strlen(phase->name) == length &&
		    strncmp(phase->name, name, length) == 0)
			return phase;
	}
	return NULL;
}

/* "NAME: started" begins a row, and the first thing said later ends it. */
static void see_service(struct timeline *timeline, const char *said,
			long long ms)
{
	size_t length = strcspn(said, ":");
	struct timeline_phase *phase;
	size_t count = timeline->count;

	if (length == 0 || length >= NAME_MAX_CHARS || said[length] != ':')
		return;
	phase = find_service(timeline, said, length);
	if (phase && phase->end_ms < 0)
		phase->end_ms = ms;
	if (phase || strncmp(said + length, ": started", 9) != 0)
		return;
	add(timeline, said, length, ms);
	if (timeline->count > count)
		timeline->phases[count].is_service = true;
}

void timeline_see_at(struct timeline *timeline, const char *line, long long ms)
{
	const char *service = strstr(line, "service: ");

	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		const char *found = strstr(line, marks[i].text);

		if (!found)
			continue;
		found += strlen(marks[i].text);
		if (marks[i].takes_rest)
			next_phase(timeline, found, strcspn(found, " \r"), ms);
		else
			next_phase(timeline, marks[i].name,
				   strlen(marks[i].name), ms);
		return;
	}
	if (service)
		see_service(timeline, service + 9, ms);
}

void timeline_see(struct timeline *timeline, const char *line)
{
	timeline_see_at(timeline, line,
			clock_monotonic_ms() - timeline->start_ms);
}

void timeline_end(struct timeline *timeline, long long ms)
{
	for (size_t i = 0; i < timeline->count; i++)
		if (timeline->phases[i].end_ms < 0)
			timeline->phases[i].end_ms = ms;
}

static void add_seconds(struct buf *out, long long ms)
{
	buf_add_fmt(out, "%6lld.%03lld", ms / 1000, ms % 1000);
}

void timeline_text(const struct timeline *timeline, struct buf *out)
{
	buf_add_str(out, "   begin s   length s  phase\n");
	for (size_t i = 0; i < timeline->count; i++) {
		const struct timeline_phase *phase = &timeline->phases[i];

		add_seconds(out, phase->begin_ms);
		buf_add_char(out, ' ');
		add_seconds(out, phase->end_ms - phase->begin_ms);
		buf_add_fmt(out, "  %s%s\n",
			    phase->is_service ? "service " : "", phase->name);
	}
}

/* Names come from the guest: what is no plain character becomes a '?'. */
static void add_escaped(struct buf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < ' ' || c >= 127)
			buf_add_char(out, '?');
		else if (strchr("<>&\"'", c))
			buf_add_fmt(out, "&#%u;", c);
		else
			buf_add_char(out, *text);
	}
}

static void add_row(struct buf *out, const struct timeline_phase *phase,
		    size_t number, long long total_ms)
{
	long long x = LEFT + phase->begin_ms * WIDTH / total_ms;
	long long width = (phase->end_ms - phase->begin_ms) * WIDTH / total_ms;
	size_t y = 30 + number * ROW;

	buf_add_fmt(out, "<text x=\"8\" y=\"%zu\">", y + 14);
	add_escaped(out, phase->name);
	buf_add_fmt(
		out,
		"</text>\n<rect x=\"%lld\" y=\"%zu\" width=\"%lld\" height=\"%d\" fill=\"%s\"/>\n",
		x, y, width > 0 ? width : 1, ROW - 4,
		phase->is_service ? "#4c9f70" : "#3b6ea5");
	buf_add_fmt(out, "<text x=\"%lld\" y=\"%zu\">%lld.%03lld s</text>\n",
		    x + (width > 0 ? width : 1) + 6, y + 14,
		    (phase->end_ms - phase->begin_ms) / 1000,
		    (phase->end_ms - phase->begin_ms) % 1000);
}

void timeline_svg(const struct timeline *timeline, struct buf *out)
{
	long long total_ms = 1;

	for (size_t i = 0; i < timeline->count; i++)
		if (timeline->phases[i].end_ms > total_ms)
			total_ms = timeline->phases[i].end_ms;
	buf_add_fmt(
		out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%d\" height=\"%zu\" font-family=\"sans-serif\" font-size=\"12\">\n",
		LEFT + WIDTH + 90, 40 + timeline->count * ROW);
	buf_add_fmt(
		out,
		"<text x=\"8\" y=\"18\">%lld.%03lld s from the start to the end</text>\n",
		total_ms / 1000, total_ms % 1000);
	for (size_t i = 0; i < timeline->count; i++)
		add_row(out, &timeline->phases[i], i, total_ms);
	buf_add_str(out, "</svg>\n");
}
