/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over field tables. */
#include "yml/decode.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/opt.h"

/* Where the walk stands: services[2].binds[0]. */
struct walk {
	struct arena *arena;
	const char *path;
	struct err *err;
};

static int wrong_type(const struct walk *walk, const struct yml_node *node,
		      const char *wanted)
{
	const char *hint = "";

	if (node->kind == YML_SCALAR && yml_type_of(node) != YML_NULL &&
	    strcmp(wanted, "a string") == 0)
		hint = "; put it in quotes";
	if (node->kind == YML_SCALAR && yml_type_of(node) == YML_NULL)
		hint = "; leave the key out instead";
	return yml_fail(node, walk->err, "%s: %s where %s is wanted%s",
			*walk->path ? walk->path : "the document",
			yml_describe(node), wanted, hint);
}

static bool is_string(const struct yml_node *node)
{
	return node->kind == YML_SCALAR && yml_type_of(node) == YML_STRING;
}

static int check_text(const struct walk *walk, const struct yml_node *node)
{
	if (!is_string(node))
		return wrong_type(walk, node, "a string");
	if (memchr(node->text, '\0', node->length))
		return yml_fail(node, walk->err, "%s: holds a NUL character",
				walk->path);
	return 0;
}

static struct walk step(const struct walk *walk, size_t index)
{
	struct walk inner = *walk;

	inner.path = arena_fmt(walk->arena, "%s[%zu]", walk->path, index);
	return inner;
}

static int decode_str(const struct walk *walk, const struct yml_node *node,
		      struct val_str *value)
{
	if (check_text(walk, node) < 0)
		return -1;
	value->text = node->text;
	value->at = node;
	return 0;
}

static int decode_bool(const struct walk *walk, const struct yml_node *node,
		       struct val_bool *value)
{
	if (!yml_boolean(node, &value->value))
		return wrong_type(walk, node, "true or false");
	value->at = node;
	return 0;
}

static int decode_int(const struct walk *walk, const struct yml_node *node,
		      struct val_int *value)
{
	if (!yml_integer(node, &value->value))
		return wrong_type(walk, node, "an integer");
	value->at = node;
	return 0;
}

static int decode_strs(const struct walk *walk, const struct yml_node *node,
		       struct val_strs *value)
{
	if (node->kind != YML_SEQUENCE)
		return wrong_type(walk, node, "a list of strings");
	value->at = node;
	value->count = node->count;
	value->items = arena_alloc(walk->arena, node->count * sizeof(char *));
	for (size_t i = 0; i < node->count; i++) {
		struct walk inner = step(walk, i);

		if (check_text(&inner, node->items[i]) < 0)
			return -1;
		value->items[i] = node->items[i]->text;
	}
	return 0;
}

static int decode_map(const struct walk *walk, const struct yml_node *node,
		      struct val_map *value)
{
	if (node->kind != YML_MAPPING)
		return wrong_type(walk, node, "a mapping of strings");
	value->at = node;
	value->count = node->count / 2;
	value->keys = arena_alloc(walk->arena, value->count * sizeof(char *));
	value->values = arena_alloc(walk->arena, value->count * sizeof(char *));
	for (size_t i = 0; i < value->count; i++) {
		struct walk inner = *walk;
		const struct yml_node *text = node->items[2 * i + 1];

		value->keys[i] = node->items[2 * i]->text;
		inner.path = arena_fmt(walk->arena, "%s.%s", walk->path,
				       value->keys[i]);
		if (check_text(&inner, text) < 0)
			return -1;
		value->values[i] = text->text;
	}
	return 0;
}

static int decode_id(const struct walk *walk, const struct yml_node *node,
		     struct val_id *value)
{
	value->at = node;
	if (node->kind == YML_SCALAR && yml_integer(node, &value->number))
		return 0;
	if (!is_string(node))
		return wrong_type(walk, node, "a name or a number");
	value->name = node->text;
	return 0;
}

static int decode_ids(const struct walk *walk, const struct yml_node *node,
		      struct val_ids *value)
{
	if (node->kind != YML_SEQUENCE)
		return wrong_type(walk, node, "a list of names or numbers");
	value->at = node;
	value->count = node->count;
	value->items =
		arena_alloc(walk->arena, node->count * sizeof(*value->items));
	for (size_t i = 0; i < node->count; i++) {
		struct walk inner = step(walk, i);

		if (decode_id(&inner, node->items[i], &value->items[i]) < 0)
			return -1;
	}
	return 0;
}

static int decode_node(const struct schema *schema, const struct walk *walk,
		       const struct yml_node *node, void *target);

static int decode_list(const struct schema *schema, const struct walk *walk,
		       const struct yml_node *node, struct val_list *value)
{
	char *items;

	if (node->kind != YML_SEQUENCE)
		return wrong_type(walk, node, "a list");
	items = arena_alloc(walk->arena, node->count * schema->size);
	value->at = node;
	value->count = node->count;
	value->items = items;
	for (size_t i = 0; i < node->count; i++) {
		struct walk inner = step(walk, i);

		if (decode_node(schema, &inner, node->items[i],
				items + i * schema->size) < 0)
			return -1;
	}
	return 0;
}

static int decode_field(const struct field *field, const struct walk *walk,
			const struct yml_node *node, void *target)
{
	void *value = (char *)target + field->offset;

	switch (field->type) {
	case FIELD_STR:
		return decode_str(walk, node, value);
	case FIELD_BOOL:
		return decode_bool(walk, node, value);
	case FIELD_INT:
		return decode_int(walk, node, value);
	case FIELD_STRS:
		return decode_strs(walk, node, value);
	case FIELD_MAP:
		return decode_map(walk, node, value);
	case FIELD_ID:
		return decode_id(walk, node, value);
	case FIELD_IDS:
		return decode_ids(walk, node, value);
	case FIELD_LIST:
		return decode_list(field->schema, walk, node, value);
	case FIELD_STRUCT:
		return decode_node(field->schema, walk, node, value);
	case FIELD_IGNORED:
	case FIELD_END:
		break;
	}
	return 0;
}

static int unknown_key(const struct schema *schema, const struct walk *walk,
		       const struct yml_node *key)
{
	const char *words[64];
	size_t count = 0;
	const char *near;

	for (const struct field *field = schema->fields;
	     field->type != FIELD_END && count < ARRAY_LEN(words) - 1; field++)
		words[count++] = field->key;
	words[count] = NULL;
	near = nearest_word(key->text, words);
	if (near)
		return yml_fail(key, walk->err,
				"unknown key '%s' in %s; is it '%s'?",
				key->text, schema->what, near);
	return yml_fail(key, walk->err, "unknown key '%s' in %s", key->text,
			schema->what);
}

static int decode_node(const struct schema *schema, const struct walk *walk,
		       const struct yml_node *node, void *target)
{
	const struct yml_node **at =
		(const struct yml_node **)(void *)((char *)target +
						   schema->at_offset);

	if (node->kind != YML_MAPPING)
		return wrong_type(walk, node, "a mapping");
	*at = node;
	for (size_t i = 0; i + 1 < node->count; i += 2) {
		const struct yml_node *key = node->items[i];
		const struct field *field = schema->fields;
		struct walk inner = *walk;

		while (field->type != FIELD_END &&
		       strcmp(field->key, key->text) != 0)
			field++;
		if (field->type == FIELD_END)
			return unknown_key(schema, walk, key);
		inner.path = *walk->path ? arena_fmt(walk->arena, "%s.%s",
						     walk->path, key->text)
					 : key->text;
		if (decode_field(field, &inner, node->items[i + 1], target) < 0)
			return -1;
	}
	return 0;
}

int decode_struct(const struct schema *schema, const struct yml_node *node,
		  struct arena *arena, void *target, struct err *err)
{
	struct walk walk = { .arena = arena, .path = "", .err = err };

	return decode_node(schema, &walk, node, target);
}
