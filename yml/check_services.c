/* SPDX-License-Identifier: Apache-2.0 */
/* What services wait for: it exists, and nobody waits for itself. */
#include "yml/manifest.h"

#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/names.h"
#include "cmd/lib/base/opt.h"

/* How many services of a cycle a message names. */
#define NAMED_MAX 10
/* No name is longer: what is cannot be near to one. */
#define NEAR_MAX 200

enum state { NEW, OPEN, DONE };

/* Service i waits for targets[first[i]] up to targets[first[i + 1]]. */
struct graph {
	const struct entry *services; /* borrowed */
	size_t count;
	struct names names;
	size_t *first, *targets;
	size_t target_count;
	enum state *states;
	/* The way from where the walk began: services, and what is next. */
	size_t *way, *next;
	size_t depth;
};

static void graph_release(struct graph *graph)
{
	names_release(&graph->names);
	free(graph->first);
	free(graph->targets);
	free(graph->states);
	free(graph->way);
	free(graph->next);
}

static const char *name_of(const struct graph *graph, size_t index)
{
	return val_text(&graph->services[index].name, "");
}

static void unknown_service(const struct graph *graph, const char *name,
			    const struct yml_node *at,
			    struct yml_report *report)
{
	const char **names = xcalloc(graph->count + 1, sizeof(*names));
	const char *near = NULL;

	for (size_t i = 0; i < graph->count; i++)
		names[i] = name_of(graph, i);
	if (strlen(name) <= NEAR_MAX && report->count < YML_REPORT_MAX)
		near = nearest_word(name, names);
	yml_report_add(report, at, "there is no service '%.100s'%s%.100s%s",
		       name, near ? "; is it '" : "", near ? near : "",
		       near ? "'?" : "");
	free(names);
}

static void add_targets(struct graph *graph, const struct val_strs *names,
			struct yml_report *report)
{
	for (size_t i = 0; i < names->count; i++) {
		size_t target;

		if (names_find(&graph->names, names->items[i], &target))
			graph->targets[graph->target_count++] = target;
		else
			unknown_service(graph, names->items[i],
					names->at->items[i], report);
	}
}

static void graph_init(struct graph *graph, const struct val_list *services,
		       struct yml_report *report)
{
	size_t edges = 0;

	graph->services = services->items;
	graph->count = services->count;
	for (size_t i = 0; i < graph->count; i++) {
		names_add(&graph->names, name_of(graph, i), i);
		edges += graph->services[i].after.count +
			 graph->services[i].requires.count;
	}
	graph->first = xcalloc(graph->count + 1, sizeof(*graph->first));
	graph->targets = xcalloc(edges + 1, sizeof(*graph->targets));
	graph->states = xcalloc(graph->count + 1, sizeof(*graph->states));
	graph->way = xcalloc(graph->count + 1, sizeof(*graph->way));
	graph->next = xcalloc(graph->count + 1, sizeof(*graph->next));
	for (size_t i = 0; i < graph->count; i++) {
		graph->first[i] = graph->target_count;
		add_targets(graph, &graph->services[i].after, report);
		add_targets(graph, &graph->services[i].requires, report);
	}
	graph->first[graph->count] = graph->target_count;
}

static void enter(struct graph *graph, size_t service)
{
	graph->states[service] = OPEN;
	graph->way[graph->depth] = service;
	graph->next[graph->depth] = graph->first[service];
	graph->depth++;
}

/* The end of the way leads back to one of its services. */
static void tell_cycle(const struct graph *graph, size_t back,
		       struct yml_report *report)
{
	const struct entry *last =
		&graph->services[graph->way[graph->depth - 1]];
	size_t start = graph->depth - 1;
	SCOPED(buf) names = { 0 };

	while (graph->way[start] != back)
		start--;
	for (size_t i = start; i < graph->depth && i < start + NAMED_MAX; i++)
		buf_add_fmt(&names, "'%.100s' for ",
			    name_of(graph, graph->way[i]));
	if (graph->depth - start > NAMED_MAX)
		buf_add_str(&names, "... for ");
	buf_add_fmt(&names, "'%.100s'", name_of(graph, back));
	yml_report_add(report,
		       last->after.at ? last->after.at : last->requires.at,
		       "services wait for each other: %s", buf_text(&names));
}

/* By a stack of our own: a manifest may have a long chain of services. */
static void walk_from(struct graph *graph, size_t service,
		      struct yml_report *report)
{
	enter(graph, service);
	while (graph->depth > 0) {
		size_t top = graph->depth - 1;
		size_t here = graph->way[top];
		size_t target;

		if (graph->next[top] == graph->first[here + 1]) {
			graph->states[here] = DONE;
			graph->depth--;
			continue;
		}
		target = graph->targets[graph->next[top]++];
		if (graph->states[target] == OPEN)
			tell_cycle(graph, target, report);
		else if (graph->states[target] == NEW)
			enter(graph, target);
	}
}

void services_check(const struct val_list *services, struct yml_report *report)
{
	SCOPED(graph) graph = { 0 };

	graph_init(&graph, services, report);
	for (size_t i = 0; i < graph.count; i++)
		if (graph.states[i] == NEW)
			walk_from(&graph, i, report);
}
