/* SPDX-License-Identifier: Apache-2.0 */
/* Rules across kitbuild's own keys of one entry. */
#include "yml/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/lib/base/mem.h"

#define ONCE (1U << SECTION_ONBOOT | 1U << SECTION_ONSHUTDOWN)
#define KEPT (1U << SECTION_SERVICES)

/* Keys that mean something in some sections only. */
static const struct {
	const char *key;
	size_t at_offset;
	unsigned sections;
} placed_keys[] = {
	{ "restart", offsetof(struct entry, restart.at), KEPT },
	{ "after", offsetof(struct entry, after.at), KEPT },
	{ "requires", offsetof(struct entry, requires.at), KEPT },
	{ "healthcheck", offsetof(struct entry, healthcheck.at), KEPT },
	{ "readiness", offsetof(struct entry, readiness.at), KEPT },
	{ "stopTimeout", offsetof(struct entry, stop_timeout.at), KEPT },
	{ "timeout", offsetof(struct entry, timeout.at), ONCE },
	{ "onfail", offsetof(struct entry, onfail.at), ONCE },
};

static const struct yml_node *place_at(const struct entry *entry, size_t offset)
{
	return *(const struct yml_node *const *)(const void *)((const char *)
								       entry +
							       offset);
}

static void check_not_zero(const struct val_str *duration,
			   struct yml_report *report)
{
	if (duration->at && duration_ms(duration->text) == 0)
		yml_report_add(report, duration->at,
			       "'%s' leaves no time: it must be longer",
			       duration->text);
}

static void check_restart(const struct restart *restart,
			  struct yml_report *report)
{
	if (!restart->at)
		return;
	if (!restart->policy.at)
		yml_report_add(report, restart->at, "restart needs a policy");
	else if (restart->limit.at && strchr(restart->policy.text, ':'))
		yml_report_add(report, restart->limit.at,
			       "'%s' has the limit already",
			       restart->policy.text);
	if (restart->delay.at && restart->max_delay.at &&
	    duration_ms(restart->delay.text) >
		    duration_ms(restart->max_delay.text))
		yml_report_add(report, restart->max_delay.at,
			       "maxDelay %s is shorter than the delay, %s",
			       restart->max_delay.text, restart->delay.text);
}

static void check_healthcheck(const struct healthcheck *check,
			      struct yml_report *report)
{
	if (check->at && check->command.count == 0)
		yml_report_add(report, check->at,
			       "healthcheck needs a command");
	check_not_zero(&check->interval, report);
	check_not_zero(&check->timeout, report);
}

static void check_readiness(const struct readiness *readiness,
			    struct yml_report *report)
{
	const char *socket = val_text(&readiness->socket, "");

	if (readiness->at && !!readiness->fd.at + !!readiness->socket.at +
					     (readiness->command.count > 0) !=
				     1)
		yml_report_add(
			report, readiness->at,
			"readiness needs exactly one of fd, socket and command");
	if (strncmp(socket, "tcp:", 4) == 0 &&
	    strtoul(socket + 4, NULL, 10) > 65535)
		yml_report_add(report, readiness->socket.at,
			       "'%s' is no port: 1 to 65535", socket + 4);
	check_not_zero(&readiness->timeout, report);
}

/* The names become files below the container's control group. */
static void check_unified(const struct val_map *unified,
			  struct yml_report *report)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_.";

	for (size_t i = 0; i < unified->count; i++) {
		const char *key = unified->keys[i];

		if (!strchr(key, '.') || *key == '.' ||
		    key[strspn(key, allowed)])
			yml_report_add(
				report, unified->at->items[2 * i],
				"'%.100s' is no file of a control group, such as memory.high",
				key);
	}
}

static void check_rdma(const struct val_list *limits, struct yml_report *report)
{
	const struct rdma_limit *limit = limits->items;

	for (size_t i = 0; i < limits->count; i++)
		if (!limit[i].device.at)
			yml_report_add(report, limit[i].at,
				       "an RDMA limit needs a device");
}

static void check_values(const struct entry *entry, struct yml_report *report)
{
	check_restart(&entry->restart, report);
	check_healthcheck(&entry->healthcheck, report);
	check_readiness(&entry->readiness, report);
	check_not_zero(&entry->timeout, report);
	check_unified(&entry->resources.unified, report);
	check_rdma(&entry->resources.rdma, report);
}

void entry_check(const struct entry *entry, enum section section,
		 struct yml_report *report)
{
	for (size_t i = 0; i < ARRAY_LEN(placed_keys); i++) {
		const struct yml_node *at =
			place_at(entry, placed_keys[i].at_offset);

		if (at && !(placed_keys[i].sections & 1U << section))
			yml_report_add(
				report, at, "'%s' is of %s: %s is for %s",
				val_text(&entry->name, "?"),
				section_name(section), placed_keys[i].key,
				placed_keys[i].sections == KEPT
					? "services"
					: "onboot and onshutdown");
	}
	check_values(entry, report);
}

void label_check(const struct entry *entry, struct yml_report *report)
{
	const char *seccomp = val_text(&entry->seccomp, "default");

	if (entry->name.at || entry->image.at)
		yml_report_add(report, entry->at,
			       "a label cannot set name or image");
	if (entry->security.at)
		yml_report_add(
			report, entry->security.at,
			"a label cannot set security: that is the manifest's");
	if (entry->after.at || entry->requires.at)
		yml_report_add(
			report,
			entry->after.at ? entry->after.at : entry->requires.at,
			"a label cannot set after or requires: it does not know the services");
	if (strcmp(seccomp, "default") != 0 &&
	    strcmp(seccomp, "unconfined") != 0)
		yml_report_add(
			report, entry->seccomp.at,
			"'%.100s': of a label, seccomp is default or unconfined",
			seccomp);
	check_values(entry, report);
}
