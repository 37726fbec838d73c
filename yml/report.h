/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with a document, gathered so that it is told at once: decoding
 * and checking add to a report and go on; at its end a report becomes an error.
 */
#pragma once

#include "yml/yml.h"

/* More messages are counted only: a report costs no more, whatever it is of. */
#define YML_REPORT_MAX 20

struct yml_message {
	const struct yml_node *at;
	const char *rule; /* the format: what was broken */
	char *text;       /* owned */
};

/* { 0 } is empty. */
struct yml_report {
	struct yml_message messages[YML_REPORT_MAX]; /* by file and place */
	size_t count;
	size_t more;
};

void yml_report_release(struct yml_report *report);

/*
 * A rule that a place has broken is told once, although aliases can lead there
 * several times.
 */
void yml_report_add(struct yml_report *report, const struct yml_node *at,
		    const char *fmt, ...) PRINTF_LIKE(3, 4);

/*
 * 0 when nothing was added. Otherwise FAULT_INPUT with a line for each message,
 * file:line:column: in front, and the number of those that are left out.
 */
int yml_report_end(const struct yml_report *report, struct err *err) MUST_CHECK;
