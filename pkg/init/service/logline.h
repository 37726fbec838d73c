/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line that a service wrote, as others want to read it: an object of JSON
 * (RFC 8259), or a message of syslog (RFC 5424). Pure.
 */
#pragma once

#include <stddef.h>
#include <time.h>

/* Longer lines are cut into several. */
#define LOGLINE_BYTES 1024

/* Room for the longest of either form: each byte may need six. */
#define LOGLINE_ROOM (LOGLINE_BYTES * 6 + 2048)

struct logline {
	const char *host;    /* "": unknown */
	const char *service; /* at most 256 bytes are taken */
	const char *stream;  /* "stdout" or "stderr" */
	const char *text;    /* without its newline */
	size_t len;          /* at most LOGLINE_BYTES */
	struct timespec at;  /* of the real-time clock */
};

/*
 * {"time":"2026-01-02T03:04:05.678Z","service":"web","stream":"stdout",
 * "msg":"text"} and a newline. What is not UTF-8 becomes U+FFFD. Returns the
 * length.
 */
size_t logline_json(const struct logline *line, char out[LOGLINE_ROOM]);

/*
 * <30>1 2026-01-02T03:04:05.678Z HOST SERVICE - - - text, without a newline:
 * facility daemon, severity informational, or notice for standard error.
 */
size_t logline_syslog(const struct logline *line, char out[LOGLINE_ROOM]);
