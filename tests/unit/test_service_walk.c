/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor as a machine, on many long walks: whatever is asked and
 * whatever happens, in any order, it asks for nothing that cannot be done, and
 * on the way down everything ends.
 */
/* links: pkg/init/service/supervise.c pkg/init/service/supervise_step.c */
/* links: pkg/init/service/supervise_graph.c pkg/init/service/policy.c */
/* links: pkg/init/service/jsonget.c pkg/init/service/fs.c */
/* links: pkg/init/service/err.c -ljansson */

#include "pkg/init/service/supervise_step.h"
#include "tests/unit/stage.h"

#define WALKS 3000
#define STEPS 300
#define WAY_DOWN 200

/* What there is of a service outside the machine. */
struct body {
	enum { BODY_NONE, BODY_STARTING, BODY_RUNNING } is;
	bool told_to_end;
	bool killed;
	bool deaf; /* nothing but a kill ends it, or its start */
	int probe; /* of which kind one is under way; -1: none */
};

struct world {
	struct stage stage;
	struct body bodies[UNITS];
	long long now;
	unsigned long long chance;
};

static const struct role roles[] = {
	{ "db",
	  "{\"readiness\": {\"fd\": 3, \"timeoutMs\": 2000},"
	  "\"restart\": {\"policy\": \"always\", \"delayMs\": 100,"
	  "\"maxDelayMs\": 1000, \"limit\": 3}}",
	  true },
	{ "job", "{\"after\": [\"db\"], \"stopTimeoutMs\": 500}", false },
	{ "log", NULL, true },
	{ "top", "{\"requires\": [\"web\"], \"after\": [\"log\"]}", false },
	{ "web",
	  "{\"requires\": [\"db\"], \"stopTimeoutMs\": 300,"
	  "\"restart\": {\"policy\": \"on-failure\", \"delayMs\": 50},"
	  "\"healthcheck\": {\"command\": [\"x\"], \"intervalMs\": 200,"
	  "\"retries\": 2}}",
	  false },
	{ 0 },
};

/* The same on every machine: below `sides`. */
static unsigned roll(struct world *world, unsigned sides)
{
	world->chance =
		world->chance * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(world->chance >> 33) % sides;
}

static void carry_out(struct world *world)
{
	struct action action;

	while (supervise_next(&world->stage.supervise, &action)) {
		struct body *body = &world->bodies[action.unit];

		switch (action.kind) {
		case ACTION_START:
			CHECK_INT(body->is, BODY_NONE);
			*body = (struct body){ .is = BODY_STARTING,
					       .deaf = roll(world, 4) == 0,
					       .probe = -1 };
			break;
		case ACTION_TERM:
			CHECK_INT(body->is, BODY_RUNNING);
			body->told_to_end = true;
			break;
		case ACTION_KILL:
			CHECK(body->is != BODY_NONE);
			body->killed = true;
			break;
		case ACTION_PROBE_READY:
		case ACTION_PROBE_HEALTH:
			CHECK_INT(body->is, BODY_RUNNING);
			body->probe = (int)action.kind;
			break;
		case ACTION_COUNT:
			UNIT_FAIL("no such action");
		}
	}
}

/* The machine thinks of each what is so. */
static void compare(const struct world *world)
{
	for (size_t i = 0; i < world->stage.supervise.count; i++) {
		const struct unit *unit = &world->stage.supervise.units[i];
		const struct body *body = &world->bodies[i];

		CHECK_INT(unit->state == UNIT_STARTING,
			  body->is == BODY_STARTING);
		CHECK_INT(unit_is_up(unit), body->is != BODY_NONE);
	}
}

static void feed(struct world *world, struct event event)
{
	event.now = world->now;
	supervise_event(&world->stage.supervise, &event);
	carry_out(world);
	compare(world);
}

/* Something comes of what is under way; in a hurry only what was asked for. */
static void live(struct world *world, size_t place, bool hurry)
{
	struct body *body = &world->bodies[place];
	struct event event = { .unit = place, .text = "no luck" };
	bool told = body->told_to_end && !body->deaf && roll(world, 3) > 0;
	bool ends = body->killed || told;

	if (body->is == BODY_STARTING && body->deaf && !body->killed)
		return;
	if (body->is == BODY_STARTING && (hurry || roll(world, 4) > 0)) {
		bool fails = body->killed || roll(world, 5) == 0;

		body->is = fails ? BODY_NONE : BODY_RUNNING;
		event.kind = fails ? EVENT_START_FAILED : EVENT_STARTED;
	} else if (body->is == BODY_RUNNING &&
		   (ends || (!hurry && roll(world, 9) == 0))) {
		event.kind = EVENT_EXITED;
		event.how.status = (int)roll(world, 2);
		body->is = BODY_NONE;
	} else if (body->is == BODY_RUNNING && body->probe >= 0) {
		event.kind = body->probe == ACTION_PROBE_READY
				     ? EVENT_PROBED_READY
				     : EVENT_PROBED_HEALTH;
		event.ok = roll(world, 2);
		body->probe = -1;
	} else if (body->is != BODY_NONE) {
		event.kind = EVENT_READY;
	} else {
		return;
	}
	feed(world, event);
}

static void step(struct world *world)
{
	static const enum event_kind asks[] = { EVENT_ASK_START, EVENT_ASK_STOP,
						EVENT_ASK_RESTART };
	size_t place = roll(world, ARRAY_LEN(roles) - 1);

	switch (roll(world, 6)) {
	case 0:
		world->now += roll(world, 1500);
		feed(world, (struct event){ .kind = EVENT_TICK });
		break;
	case 1:
		feed(world, (struct event){ .kind = asks[roll(world, 3)],
					    .unit = place });
		break;
	case 2:
		feed(world,
		     (struct event){ .kind = roll(world, 3) > 0
						     ? EVENT_RUNTIME_UP
						     : EVENT_RUNTIME_LOST });
		break;
	default:
		live(world, place, false);
	}
}

static void check_all_is_over(const struct world *world)
{
	for (size_t i = 0; i < world->stage.supervise.count; i++) {
		enum unit_state state = world->stage.supervise.units[i].state;

		CHECK(state == UNIT_STOPPED || state == UNIT_FAILED ||
		      state == UNIT_DONE);
	}
}

static void walk(unsigned long long seed)
{
	struct world world = { .chance = seed };

	stage_open(&world.stage, roles);
	for (int i = 0; i < STEPS; i++)
		step(&world);
	feed(&world, (struct event){ .kind = EVENT_DOWN });
	for (int i = 0; i < WAY_DOWN; i++) {
		world.now += 500;
		feed(&world, (struct event){ .kind = EVENT_TICK });
		for (size_t n = 0; n < world.stage.supervise.count; n++)
			live(&world, n, true);
	}
	check_all_is_over(&world);
	CHECK(supervise_quiet(&world.stage.supervise));
	stage_close(&world.stage);
}

TEST(whatever_happens_nothing_impossible_is_asked_and_the_way_down_ends)
{
	for (unsigned long long seed = 1; seed <= WALKS; seed++)
		walk(seed);
}
