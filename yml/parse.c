/* SPDX-License-Identifier: Apache-2.0 */
/* libyaml's events into nodes; the only file that knows libyaml. */
#include "yml/yml.h"

#include <string.h>

#include <yaml.h>

#include "cmd/lib/base/mem.h"
#include "yml/internal.h"

struct anchor {
	const char *name;
	struct yml_node *node;
	bool open; /* still being read: an alias to it would be a loop */
};

/* A collection being read, with room for more items than it has. */
struct level {
	struct yml_node *node;
	size_t capacity;
};

struct parse {
	yaml_parser_t yaml;
	struct yml_document *document;
	const char *name;
	struct anchor *anchors;
	size_t anchor_count, anchor_capacity;
	struct level levels[YML_MAX_DEPTH];
	size_t depth;
};

static void parse_release(struct parse *parse)
{
	yaml_parser_delete(&parse->yaml);
	free(parse->anchors);
}

void yml_document_release(struct yml_document *document)
{
	arena_release(&document->arena);
	document->root = NULL;
}

static int fail_at(const struct parse *parse, yaml_mark_t mark, struct err *err,
		   const char *what)
{
	return err_set(err, FAULT_INPUT, "%s:%zu:%zu: %s", parse->name,
		       mark.line + 1, mark.column + 1, what);
}

static int syntax_error(const struct parse *parse, struct err *err)
{
	const char *what = parse->yaml.problem;

	if (parse->yaml.error == YAML_READER_ERROR)
		return err_set(err, FAULT_INPUT, "%s: %s at byte %zu",
			       parse->name, what ? what : "not UTF-8",
			       parse->yaml.problem_offset);
	return fail_at(parse, parse->yaml.problem_mark, err,
		       what ? what : "not YAML");
}

static struct yml_node *node_new(struct parse *parse, enum yml_kind kind,
				 yaml_mark_t mark)
{
	struct yml_node *node =
		arena_alloc(&parse->document->arena, sizeof(*node));

	node->kind = kind;
	node->line = (unsigned)mark.line + 1;
	node->column = (unsigned)mark.column + 1;
	node->file = parse->name;
	node->weight = 1;
	return node;
}

static int remember(struct parse *parse, const yaml_char_t *name,
		    struct yml_node *node, struct err *err)
{
	const char *text = (const char *)name;

	if (!text)
		return 0;
	if (parse->anchor_count == YML_MAX_ANCHORS)
		return yml_fail(node, err, "more than %zu anchors",
				YML_MAX_ANCHORS);
	parse->anchors =
		xgrow(parse->anchors, parse->anchor_count,
		      &parse->anchor_capacity, sizeof(*parse->anchors));
	parse->anchors[parse->anchor_count++] = (struct anchor){
		.name = arena_text(&parse->document->arena, text, strlen(text)),
		.node = node,
		.open = node->kind != YML_SCALAR,
	};
	return 0;
}

static bool is_key(const struct level *level)
{
	return level->node->kind == YML_MAPPING && level->node->count % 2 == 0;
}

static bool has_key(const struct yml_node *mapping, const struct yml_node *key)
{
	for (size_t i = 0; i + 1 < mapping->count; i += 2)
		if (mapping->items[i]->length == key->length &&
		    memcmp(mapping->items[i]->text, key->text, key->length) ==
			    0)
			return true;
	return false;
}

static bool is_merge(const struct yml_node *key)
{
	return key->plain && strcmp(key->text, "<<") == 0;
}

static void append(struct parse *parse, struct level *level,
		   struct yml_node *node)
{
	struct yml_node **bigger;

	if (level->node->count == level->capacity) {
		level->capacity = level->capacity ? level->capacity * 2 : 8;
		bigger = arena_alloc(&parse->document->arena,
				     level->capacity *
					     sizeof(struct yml_node *));
		if (level->node->count)
			memcpy(bigger, level->node->items,
			       level->node->count * sizeof(struct yml_node *));
		level->node->items = bigger;
	}
	level->node->items[level->node->count++] = node;
	level->node->weight += node->weight;
}

static int check_key(const struct yml_node *mapping, const struct yml_node *key,
		     struct err *err)
{
	enum yml_type type;

	if (key->kind != YML_SCALAR)
		return yml_fail(key, err, "a key must be a single word, not %s",
				yml_describe(key));
	type = yml_type_of(key);
	if (type != YML_STRING && type != YML_NULL)
		return yml_fail(key, err,
				"the key '%s' is %s; put it in quotes",
				key->text, yml_describe(key));
	if (strlen(key->text) != key->length)
		return yml_fail(key, err, "a key holds a NUL character");
	if (key->raw)
		return yml_fail(key, err, "a key is not UTF-8 text");
	if (!is_merge(key) && has_key(mapping, key))
		return yml_fail(key, err, "the key '%s' stands here twice",
				key->text);
	if (mapping->count / 2 == YML_MAX_KEYS)
		return yml_fail(key, err, "more than %zu keys", YML_MAX_KEYS);
	return 0;
}

/* Puts a finished or just opened node into its parent. */
static int attach(struct parse *parse, struct yml_node *node, struct err *err)
{
	struct level *level;

	if (parse->depth == 0) {
		parse->document->root = node;
		return 0;
	}
	level = &parse->levels[parse->depth - 1];
	if (is_key(level) && check_key(level->node, node, err) < 0)
		return -1;
	append(parse, level, node);
	if (level->node->weight > YML_MAX_WEIGHT)
		return yml_fail(
			node, err,
			"aliases and items add up to more than %zu values",
			YML_MAX_WEIGHT);
	return 0;
}

static int open_level(struct parse *parse, const yaml_event_t *event,
		      struct err *err)
{
	bool mapping = event->type == YAML_MAPPING_START_EVENT;
	struct yml_node *node = node_new(
		parse, mapping ? YML_MAPPING : YML_SEQUENCE, event->start_mark);

	if (parse->depth == YML_MAX_DEPTH)
		return fail_at(parse, event->start_mark, err,
			       "nested deeper than 64 levels");
	if (remember(parse,
		     mapping ? event->data.mapping_start.anchor
			     : event->data.sequence_start.anchor,
		     node, err) < 0)
		return -1;
	/* Looked at as a key now; attached, with its weight, when closed. */
	if (parse->depth && is_key(&parse->levels[parse->depth - 1]))
		return yml_fail(node, err,
				"a key must be a single word, not %s",
				yml_describe(node));
	parse->levels[parse->depth++] = (struct level){ .node = node };
	return 0;
}

/* Adds the pairs of `from` whose keys are not there yet. */
static void merge_mapping(struct parse *parse, struct level *level,
			  const struct yml_node *from)
{
	for (size_t i = 0; i + 1 < from->count; i += 2) {
		if (has_key(level->node, from->items[i]))
			continue;
		append(parse, level, from->items[i]);
		append(parse, level, from->items[i + 1]);
	}
}

static int merge_value(struct parse *parse, struct level *level,
		       const struct yml_node *value, struct err *err)
{
	if (value->kind == YML_MAPPING) {
		merge_mapping(parse, level, value);
		return 0;
	}
	for (size_t i = 0; value->kind == YML_SEQUENCE && i < value->count; i++)
		if (value->items[i]->kind == YML_MAPPING)
			merge_mapping(parse, level, value->items[i]);
		else
			return yml_fail(value->items[i], err,
					"'<<' takes mappings, not %s",
					yml_describe(value->items[i]));
	if (value->kind == YML_SEQUENCE)
		return 0;
	return yml_fail(value, err, "'<<' takes mappings, not %s",
			yml_describe(value));
}

/* Resolves merge keys: own pairs win, then the merged ones in order. */
static int resolve_merges(struct parse *parse, struct level *level,
			  struct err *err)
{
	struct yml_node *node = level->node;
	struct yml_node *own =
		arena_alloc(&parse->document->arena, sizeof(*own));
	struct level own_level = { .node = own };

	*own = *node;
	own->items = NULL;
	own->count = 0;
	own->weight = 1;
	for (size_t i = 0; i + 1 < node->count; i += 2) {
		if (is_merge(node->items[i]))
			continue;
		append(parse, &own_level, node->items[i]);
		append(parse, &own_level, node->items[i + 1]);
	}
	for (size_t i = 0; i + 1 < node->count; i += 2)
		if (is_merge(node->items[i]) &&
		    merge_value(parse, &own_level, node->items[i + 1], err) < 0)
			return -1;
	*node = *own;
	return 0;
}

static bool has_merge(const struct yml_node *mapping)
{
	for (size_t i = 0; i + 1 < mapping->count; i += 2)
		if (is_merge(mapping->items[i]))
			return true;
	return false;
}

static int close_level(struct parse *parse, struct err *err)
{
	struct level *level = &parse->levels[parse->depth - 1];
	struct yml_node *node = level->node;

	if (node->kind == YML_MAPPING && has_merge(node) &&
	    resolve_merges(parse, level, err) < 0)
		return -1;
	for (size_t i = 0; i < parse->anchor_count; i++)
		if (parse->anchors[i].node == node)
			parse->anchors[i].open = false;
	parse->depth--;
	return attach(parse, node, err);
}

static int add_scalar(struct parse *parse, const yaml_event_t *event,
		      struct err *err)
{
	struct yml_node *node = node_new(parse, YML_SCALAR, event->start_mark);

	node->text =
		arena_text(&parse->document->arena, event->data.scalar.value,
			   event->data.scalar.length);
	node->length = event->data.scalar.length;
	node->plain = event->data.scalar.plain_implicit;
	if (event->data.scalar.tag &&
	    yml_apply_tag(node, (const char *)event->data.scalar.tag,
			  &parse->document->arena, err) < 0)
		return -1;
	if (remember(parse, event->data.scalar.anchor, node, err) < 0)
		return -1;
	return attach(parse, node, err);
}

static int add_alias(struct parse *parse, const yaml_event_t *event,
		     struct err *err)
{
	const char *name = (const char *)event->data.alias.anchor;

	for (size_t i = parse->anchor_count; i > 0; i--) {
		const struct anchor *anchor = &parse->anchors[i - 1];

		if (strcmp(anchor->name, name) != 0)
			continue;
		if (anchor->open)
			return fail_at(parse, event->start_mark, err,
				       "an alias to what it stands in");
		return attach(parse, anchor->node, err);
	}
	return fail_at(parse, event->start_mark, err,
		       "an alias to an anchor that is not there");
}

static int handle(struct parse *parse, const yaml_event_t *event,
		  struct err *err)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return add_scalar(parse, event, err);
	case YAML_ALIAS_EVENT:
		return add_alias(parse, event, err);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return open_level(parse, event, err);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return close_level(parse, err);
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
	return 0;
}

int yml_parse(struct yml_document *document, const char *name, const char *text,
	      size_t size, struct err *err)
{
	SCOPED(parse) parse = { .document = document };
	int result = 0;
	bool ended = false;

	parse.name = arena_text(&document->arena, name, strlen(name));
	if (!yaml_parser_initialize(&parse.yaml))
		return err_set(err, FAULT_SYSTEM, "libyaml cannot be set up");
	yaml_parser_set_input_string(&parse.yaml, (const unsigned char *)text,
				     size);
	while (result == 0 && !ended) {
		yaml_event_t event;

		if (!yaml_parser_parse(&parse.yaml, &event))
			return syntax_error(&parse, err);
		ended = event.type == YAML_STREAM_END_EVENT ||
			event.type == YAML_DOCUMENT_END_EVENT;
		result = handle(&parse, &event, err);
		yaml_event_delete(&event);
	}
	return result;
}
