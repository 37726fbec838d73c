/* SPDX-License-Identifier: Apache-2.0 */
/* A line that a service wrote, as others want to read it. */
#include "pkg/init/service/logline.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define TIME_BYTES 32
#define NAME_MAX_BYTES 256

#define PRIORITY_OUT 30 /* daemon, informational */
#define PRIORITY_ERR 29 /* daemon, notice */
#define APP_MAX_BYTES 48
#define HOST_MAX_BYTES 255

#define REPLACEMENT "\xef\xbf\xbd"

/*
 * The day of the Gregorian calendar, counted from 1970-01-01. Years begin in
 * March here, so that the leap day is the last; 400 of them have the same
 * number of days. The C library's own knows time zones, which costs 100 kB.
 */
static void put_day(long long days, char text[TIME_BYTES])
{
	enum { DAYS_400 = 146097, DAYS_100 = 36524, DAYS_4 = 1461 };
	long long since = days + 719468; /* 0000-03-01 */
	long long era = since / DAYS_400;
	long long day = since % DAYS_400;
	long long year = (day - day / (DAYS_4 - 1) + day / DAYS_100 -
			  day / (DAYS_400 - 1)) /
			 365;

	day -= 365 * year + year / 4 - year / 100;
	long long month = (5 * day + 2) / 153;

	day -= (153 * month + 2) / 5;
	(void)snprintf(text, TIME_BYTES, "%04lld-%02lld-%02lld",
		       (era * 400 + year + (month > 9)) % 10000,
		       month < 10 ? month + 3 : month - 9, day + 1);
}

static void put_time(const struct timespec *at, char text[TIME_BYTES])
{
	long long seconds = at->tv_sec > 0 ? at->tv_sec : 0;
	unsigned rest = (unsigned)(seconds % 86400);
	char day[TIME_BYTES];

	put_day(seconds / 86400, day);
	(void)snprintf(text, TIME_BYTES, "%.10sT%02u:%02u:%02u.%03uZ", day,
		       rest / 3600, rest / 60 % 60, rest % 60,
		       (unsigned)(at->tv_nsec / 1000000) % 1000);
}

/* Of the sequence that begins there; 0: it is not UTF-8. RFC 3629, section 4.
 */
static size_t sequence(const char *text, size_t len)
{
	static const struct {
		unsigned char first, last; /* first byte */
		unsigned char low, high;   /* second byte */
		size_t bytes;
	} rows[] = {
		{ 0x00, 0x7f, 0x80, 0xbf, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	unsigned char at[4] = { 0 };
	size_t row = 0;

	memcpy(at, text, len < sizeof(at) ? len : sizeof(at));
	const size_t count = sizeof(rows) / sizeof(rows[0]);

	while (row < count &&
	       (at[0] < rows[row].first || at[0] > rows[row].last))
		row++;
	if (row == count || rows[row].bytes > len)
		return 0;
	if (rows[row].bytes > 1 &&
	    (at[1] < rows[row].low || at[1] > rows[row].high))
		return 0;
	for (size_t i = 2; i < rows[row].bytes; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return rows[row].bytes;
}

/* One character; returns its length in out. */
static size_t put_char(char *out, const char *at, size_t bytes)
{
	static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	if (bytes == 0) {
		memcpy(out, REPLACEMENT, sizeof(REPLACEMENT) - 1);
		return sizeof(REPLACEMENT) - 1;
	}
	unsigned char first = (unsigned char)*at;

	if (bytes > 1 || (first >= ' ' && first != '"' && first != '\\')) {
		memcpy(out, at, bytes);
		return bytes;
	}
	for (size_t i = 0; i + 1 < sizeof(named); i += 2)
		if (*at == named[i]) {
			out[0] = '\\';
			out[1] = named[i + 1];
			return 2;
		}
	return (size_t)sprintf(out, "\\u%04x", first);
}

/* Without its quotes. */
static size_t put_string(char *out, const char *text, size_t len)
{
	size_t used = 0;

	for (size_t i = 0; i < len;) {
		size_t width = sequence(text + i, len - i);

		used += put_char(out + used, text + i, width);
		i += width > 0 ? width : 1;
	}
	return used;
}

static size_t put(char *out, const char *text)
{
	return (size_t)(stpcpy(out, text) - out);
}

static size_t bounded(const struct logline *line)
{
	return line->len < LOGLINE_BYTES ? line->len : LOGLINE_BYTES;
}

size_t logline_json(const struct logline *line, char out[LOGLINE_ROOM])
{
	char when[TIME_BYTES];
	size_t used = put(out, "{\"time\":\"");

	put_time(&line->at, when);
	used += put(out + used, when);
	used += put(out + used, "\",\"service\":\"");

	used += put_string(out + used, line->service,
			   strnlen(line->service, NAME_MAX_BYTES));
	used += put(out + used, "\",\"stream\":\"");
	used += put(out + used, line->stream);
	used += put(out + used, "\",\"msg\":\"");
	used += put_string(out + used, line->text, bounded(line));
	return used + put(out + used, "\"}\n");
}

/* Printable, without blanks, and never empty. */
static size_t put_word(char *out, const char *text, size_t max)
{
	size_t used = 0;

	for (; *text && used < max; text++) {
		bool plain = *text > ' ' && *text < 127;

		out[used] = '_';
		if (plain)
			out[used] = *text;
		used++;
	}
	if (used == 0)
		out[used++] = '-';
	return used;
}

size_t logline_syslog(const struct logline *line, char out[LOGLINE_ROOM])
{
	char when[TIME_BYTES];
	size_t used = (size_t)sprintf(out, "<%d>1 ",
				      strcmp(line->stream, "stderr") == 0
					      ? PRIORITY_ERR
					      : PRIORITY_OUT);

	put_time(&line->at, when);
	used += put(out + used, when);
	out[used++] = ' ';
	used += put_word(out + used, line->host, HOST_MAX_BYTES);
	out[used++] = ' ';
	used += put_word(out + used, line->service, APP_MAX_BYTES);
	used += put(out + used, " - - - ");
	memcpy(out + used, line->text, bounded(line));
	return used + bounded(line);
}
