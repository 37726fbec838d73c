/* SPDX-License-Identifier: Apache-2.0 */
/* When the boot came how far. */
#include "pkg/init/service/timeline.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pkg/init/service/bundle.h"
#include "pkg/init/service/fs.h"

#define TIMELINE RUN_FOLDER "/timeline"
#define FILE_MAX (1 << 20)
#define SAID_BYTES 960

void timeline_mark(const char *who, const char *what)
{
	SCOPED_FD fd = open(TIMELINE, O_WRONLY | O_APPEND | O_CLOEXEC);
	struct timespec now;
	char line[512];

	if (fd < 0)
		return;
	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	int len = snprintf(line, sizeof(line), "%lld %.300s %.100s\n",
			   (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000,
			   who, what);

	/* One write: lines of several writers stay whole. */
	(void)!write(fd, line, (size_t)len);
}

bool timeline_next(char **text, struct moment *moment)
{
	char *line;

	while ((line = strsep(text, "\n"))) {
		char *end;

		moment->ms = strtoll(line, &end, 10);
		if (end == line || *end != ' ')
			continue;
		moment->who = end + 1;
		char *blank = strchr(end + 1, ' ');

		if (!blank || blank == end + 1 || !blank[1])
			continue;
		*blank = '\0';
		moment->what = blank + 1;
		return true;
	}
	return false;
}

static int compare(const void *a, const void *b)
{
	const struct moment *one = a, *two = b;

	if (one->ms != two->ms)
		return one->ms < two->ms ? -1 : 1;
	/* As they were written. */
	return one->who < two->who ? -1 : 1;
}

static void print_json(const struct moment *moment)
{
	json_t *object =
		json_pack("{s:I, s:s, s:s}", "ms", (json_int_t)moment->ms,
			  "who", moment->who, "what", moment->what);

	if (!object)
		return;
	(void)json_dumpf(object, stdout, JSON_COMPACT);
	(void)putchar('\n');
	json_decref(object);
}

static size_t count_lines(const char *text)
{
	size_t count = 1;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

/* In order of time; NULL: none. The caller frees it, and then the text. */
static struct moment *read_all(char **text, size_t *count, struct err *err)
{
	if (fs_read(TIMELINE, FILE_MAX, text, err) < 0)
		return NULL;
	if (!*text) {
		(void)err_set(err, "init wrote none");
		return NULL;
	}
	struct moment *moments = fs_alloc(count_lines(*text), sizeof(*moments));
	char *at = *text;

	*count = 0;
	while (timeline_next(&at, &moments[*count]))
		(*count)++;
	qsort(moments, *count, sizeof(*moments), compare);
	return moments;
}

int timeline_print(bool as_json)
{
	SCOPED_FREE char *text = NULL;
	struct err err;
	size_t count = 0;
	SCOPED_FREE struct moment *moments = read_all(&text, &count, &err);

	if (!moments) {
		say("no timeline: %s", err.msg);
		return 1;
	}
	for (size_t i = 0; i < count; i++) {
		const struct moment *moment = &moments[i];
		long long before = i > 0 ? moments[i - 1].ms : 0;

		if (as_json)
			print_json(moment);
		else
			(void)printf("%8lld ms %+7lld  %-24s %s\n", moment->ms,
				     moment->ms - before, moment->who,
				     moment->what);
	}
	return 0;
}

static bool is_start(const struct moment *moment)
{
	return fs_list_has("starting,started", moment->what);
}

/* Not that of a restart. */
static bool is_first_start(const struct moment *moments, size_t place)
{
	for (size_t i = 0; i < place; i++)
		if (strcmp(moments[i].who, moments[place].who) == 0 &&
		    is_start(&moments[i]))
			return false;
	return is_start(&moments[place]);
}

/* What comes after a start and is its result; count: nothing yet. */
static size_t result_of(const struct moment *moments, size_t count,
			size_t place)
{
	static const char results[] = "ready,done,failed,backoff,stopped";
	const char *who = moments[place].who;

	for (place++; place < count; place++)
		if (strcmp(moments[place].who, who) == 0 &&
		    fs_list_has(results, moments[place].what))
			break;
	return place;
}

size_t timeline_spans(const struct moment *moments, size_t count, char *line,
		      size_t size)
{
	size_t len = 0;

	line[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		size_t result = result_of(moments, count, i);

		if (result == count || !is_first_start(moments, i))
			continue;
		long long took = moments[result].ms - moments[i].ms;
		int more = snprintf(line + len, size - len, "%s%s %lld.%03lld",
				    len > 0 ? ", " : "", moments[i].who,
				    took / 1000, took % 1000);

		if (more < 0 || (size_t)more >= size - len) {
			line[len] = '\0';
			break;
		}
		len += (size_t)more;
	}
	return len;
}

void timeline_say(void)
{
	SCOPED_FREE char *text = NULL;
	char line[SAID_BYTES];
	struct err err;
	size_t count = 0;
	SCOPED_FREE struct moment *moments = read_all(&text, &count, &err);

	if (moments && timeline_spans(moments, count, line, sizeof(line)) > 0)
		say_step("times: %s s", line);
}
