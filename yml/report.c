/* SPDX-License-Identifier: Apache-2.0 */
/* Messages in the order of their places. */
#include "yml/report.h"

#include <stdarg.h>
#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/mem.h"

void yml_report_release(struct yml_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		free(report->messages[i].text);
	*report = (struct yml_report){ 0 };
}

static int compare_places(const struct yml_node *a, const struct yml_node *b)
{
	int files = strcmp(a->file, b->file);

	if (files != 0)
		return files;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (a->column != b->column)
		return a->column < b->column ? -1 : 1;
	return 0;
}

static bool is_told(const struct yml_report *report, const struct yml_node *at,
		    const char *rule)
{
	for (size_t i = 0; i < report->count; i++)
		if (compare_places(report->messages[i].at, at) == 0 &&
		    strcmp(report->messages[i].rule, rule) == 0)
			return true;
	return false;
}

void yml_report_add(struct yml_report *report, const struct yml_node *at,
		    const char *fmt, ...)
{
	struct yml_message *slots = report->messages;
	size_t slot = report->count;
	va_list ap;

	if (is_told(report, at, fmt))
		return;
	while (slot > 0 && compare_places(slots[slot - 1].at, at) > 0)
		slot--;
	if (report->count == YML_REPORT_MAX)
		report->more++;
	if (slot == YML_REPORT_MAX)
		return;
	if (report->count == YML_REPORT_MAX)
		free(slots[--report->count].text);
	memmove(&slots[slot + 1], &slots[slot],
		(report->count++ - slot) * sizeof(*slots));
	va_start(ap, fmt);
	slots[slot] = (struct yml_message){ at, fmt, xvasprintf(fmt, ap) };
	va_end(ap);
}

int yml_report_end(const struct yml_report *report, struct err *err)
{
	SCOPED(buf) text = { 0 };

	if (report->count == 0)
		return 0;
	for (size_t i = 0; i < report->count; i++) {
		const struct yml_message *message = &report->messages[i];

		buf_add_fmt(&text, "%s%s:%u:%u: %s", i ? "\n" : "",
			    message->at->file, message->at->line,
			    message->at->column, message->text);
	}
	if (report->more)
		buf_add_fmt(&text, "\nand %zu more", report->more);
	return err_set(err, FAULT_INPUT, "%s", buf_text(&text));
}
