/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor on a stage: a table of what happens when, in words, and of the
 * actions and states that follow.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "pkg/init/service/supervise.h"
#include "tests/unit/unit.h"

#define UNITS 6

static struct err err;

/* A service of a play: its name, and the text of its `kitbuild`. */
struct role {
	const char *name;
	const char *policy;
	bool needs_runtime;
};

/* At a time something happens; then these actions come, and the states are. */
struct line {
	long long now;
	const char *happens; /* "started web", "exit web 3", "tick", ... */
	const char *actions; /* "start web, term db" */
	const char *states;  /* "web ready, db backoff"; NULL: not looked at */
};

struct stage {
	json_t *json[UNITS];
	struct policy policy[UNITS];
	struct unit_config config[UNITS];
	struct supervise supervise;
};

static void stage_open(struct stage *stage, const struct role *roles)
{
	size_t count = 0;

	*stage = (struct stage){ 0 };
	for (; count < UNITS && roles[count].name; count++) {
		const struct role *role = &roles[count];
		json_t *json =
			json_loads(role->policy ? role->policy : "{}", 0, NULL);

		CHECK(json);
		stage->json[count] = json;
		CHECK_INT(policy_decode(&stage->policy[count], json, &err), 0);
		stage->config[count] =
			(struct unit_config){ role->name, &stage->policy[count],
					      role->needs_runtime, NULL,
					      false };
	}
	supervise_init(&stage->supervise, stage->config, count);
}

static void stage_close(struct stage *stage)
{
	supervise_release(&stage->supervise);
	for (size_t i = 0; i < UNITS && stage->json[i]; i++) {
		policy_release(&stage->policy[i]);
		json_decref(stage->json[i]);
	}
}

static const struct {
	const char *word;
	struct event event;
} words[] = {
	{ "tick", { .kind = EVENT_TICK } },
	{ "started", { .kind = EVENT_STARTED } },
	{ "unstartable", { .kind = EVENT_START_FAILED, .text = "no program" } },
	{ "exit", { .kind = EVENT_EXITED } },
	{ "signal", { .kind = EVENT_EXITED } },
	{ "oom", { .kind = EVENT_EXITED, .how = { .sig = 9, .oom = true } } },
	{ "says-ready", { .kind = EVENT_READY } },
	{ "ready-yes", { .kind = EVENT_PROBED_READY, .ok = true } },
	{ "ready-no", { .kind = EVENT_PROBED_READY } },
	{ "well", { .kind = EVENT_PROBED_HEALTH, .ok = true } },
	{ "ill", { .kind = EVENT_PROBED_HEALTH } },
	{ "unasked", { .kind = EVENT_NOT_PROBED } },
	{ "ask-start", { .kind = EVENT_ASK_START } },
	{ "ask-stop", { .kind = EVENT_ASK_STOP } },
	{ "ask-restart", { .kind = EVENT_ASK_RESTART } },
	{ "runtime-up", { .kind = EVENT_RUNTIME_UP } },
	{ "runtime-lost", { .kind = EVENT_RUNTIME_LOST } },
	{ "runtime-gone", { .kind = EVENT_RUNTIME_GONE, .text = "it died" } },
	{ "down", { .kind = EVENT_DOWN } },
};

static struct event event_of(const struct stage *stage, const struct line *line)
{
	char word[32] = "", name[32] = "";
	int number = 0;

	(void)sscanf(line->happens, "%31s %31s %d", word, name, &number);
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		struct event event = words[i].event;

		if (strcmp(words[i].word, word) != 0)
			continue;
		event.now = line->now;
		event.unit = supervise_find(&stage->supervise, name);
		if (strcmp(word, "exit") == 0)
			event.how.status = number;
		if (strcmp(word, "signal") == 0)
			event.how.sig = number;
		return event;
	}
	UNIT_FAIL("no such word: %s", word);
}

static void read_actions(struct stage *stage, char *text, size_t size)
{
	static const char *const names[] = { "start", "term", "kill",
					     "probe-ready", "probe-health" };
	struct action action;
	size_t used = 0;

	text[0] = '\0';
	while (supervise_next(&stage->supervise, &action))
		used += (size_t)snprintf(
			text + used, size - used, "%s%s %s", used ? ", " : "",
			names[action.kind],
			stage->supervise.units[action.unit].name);
}

static void read_states(const struct stage *stage, char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < stage->supervise.count; i++) {
		const struct unit *unit = &stage->supervise.units[i];

		used += (size_t)snprintf(text + used, size - used, "%s%s %s",
					 used ? ", " : "", unit->name,
					 unit_state_name[unit->state]);
	}
}

static void play_lines(struct stage *stage, const struct line *lines)
{
	char actions[256], states[256];

	for (; lines->happens; lines++) {
		struct event event = event_of(stage, lines);

		supervise_event(&stage->supervise, &event);
		read_actions(stage, actions, sizeof(actions));
		read_states(stage, states, sizeof(states));
		if (strcmp(actions, lines->actions) != 0 ||
		    (lines->states && strcmp(states, lines->states) != 0))
			UNIT_FAIL("%lld %s: '%s' and '%s', not '%s' and '%s'",
				  lines->now, lines->happens, actions, states,
				  lines->actions,
				  lines->states ? lines->states : "any");
	}
}

/* A play without an epilogue. */
static inline void play(const struct role *roles, const struct line *lines)
{
	struct stage stage;

	stage_open(&stage, roles);
	play_lines(&stage, lines);
	stage_close(&stage);
}
