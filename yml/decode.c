/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over field tables. */
#include "yml/decode.h"

#include <assert.h>
#include <regex.h>
#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/opt.h"

/* How much of a key messages show; no key that we know is as long. */
#define SHOWN_MAX 100
/* No text with a form is as long; it bounds what matching costs. */
#define FORMED_MAX 1000

/* A step of the walk: into the value of a key, or into an item of a list. */
struct walk {
	const struct walk *outer; /* NULL: this is the document */
	const char *key;          /* NULL: an item */
	size_t index;
	struct arena *arena;
	struct yml_report *report;
};

static struct walk step_key(const struct walk *walk, const char *key)
{
	return (struct walk){ walk, key, 0, walk->arena, walk->report };
}

static struct walk step_item(const struct walk *walk, size_t index)
{
	return (struct walk){ walk, NULL, index, walk->arena, walk->report };
}

/* Such as services[2].binds[0]; only messages need it. */
static void add_path(struct buf *path, const struct walk *walk)
{
	if (!walk->outer)
		return;
	add_path(path, walk->outer);
	if (walk->key)
		buf_add_fmt(path, "%s%.*s", path->size ? "." : "", SHOWN_MAX,
			    walk->key);
	else
		buf_add_fmt(path, "[%zu]", walk->index);
}

static void wrong_type(const struct walk *walk, const struct yml_node *node,
		       const char *wanted)
{
	const char *hint = "";
	SCOPED(buf) path = { 0 };

	add_path(&path, walk);
	if (node->kind == YML_SCALAR && yml_type_of(node) != YML_NULL &&
	    strcmp(wanted, "a string") == 0)
		hint = "; put it in quotes";
	if (node->kind == YML_SCALAR && yml_type_of(node) == YML_NULL)
		hint = "; leave the key out instead";
	yml_report_add(walk->report, node, "%s: %s where %s is wanted%s",
		       path.size ? buf_text(&path) : "the document",
		       yml_describe(node), wanted, hint);
}

static bool is_kind(const struct walk *walk, const struct yml_node *node,
		    enum yml_kind kind, const char *wanted)
{
	if (node->kind != kind)
		wrong_type(walk, node, wanted);
	return node->kind == kind;
}

static bool is_string(const struct yml_node *node)
{
	return node->kind == YML_SCALAR && yml_type_of(node) == YML_STRING;
}

static void check_text(const struct walk *walk, const struct yml_node *node)
{
	SCOPED(buf) path = { 0 };

	if (!is_string(node)) {
		wrong_type(walk, node, "a string");
	} else if (memchr(node->text, '\0', node->length)) {
		add_path(&path, walk);
		yml_report_add(walk->report, node, "%s: holds a NUL character",
			       buf_text(&path));
	} else if (node->raw) {
		add_path(&path, walk);
		yml_report_add(walk->report, node, "%s: is not UTF-8 text",
			       buf_text(&path));
	}
}

static bool has_form(const struct yml_node *node, const struct form *form)
{
	regex_t regex;
	bool matches;

	if (node->length > FORMED_MAX)
		return false;
	if (regcomp(&regex, form->pattern, REG_EXTENDED | REG_NOSUB) != 0)
		abort();
	matches = regexec(&regex, node->text, 0, NULL, 0) == 0;
	regfree(&regex);
	return matches;
}

static void check_form(const struct walk *walk, const struct yml_node *node,
		       const struct form *form)
{
	SCOPED(buf) path = { 0 };

	if (!is_string(node) || has_form(node, form))
		return;
	add_path(&path, walk);
	yml_report_add(walk->report, node, "%s: '%.*s' where %s is wanted",
		       buf_text(&path), SHOWN_MAX, node->text, form->wanted);
}

static void decode_str(const struct walk *walk, const struct yml_node *node,
		       const struct field *field, struct val_str *value)
{
	if (!field->any_bytes || !is_string(node))
		check_text(walk, node);
	if (field->form)
		check_form(walk, node, field->form);
	value->text = node->text;
	value->at = node;
}

static void decode_bool(const struct walk *walk, const struct yml_node *node,
			struct val_bool *value)
{
	if (!yml_boolean(node, &value->value))
		wrong_type(walk, node, "true or false");
	value->at = node;
}

static void check_range(const struct walk *walk, const struct yml_node *node,
			const struct field *field, int64_t value)
{
	SCOPED(buf) path = { 0 };

	if ((!field->low && !field->high) ||
	    (value >= field->low && value <= field->high))
		return;
	add_path(&path, walk);
	yml_report_add(walk->report, node,
		       "%s: %lld where %lld to %lld is wanted", buf_text(&path),
		       (long long)value, (long long)field->low,
		       (long long)field->high);
}

static void decode_int(const struct walk *walk, const struct yml_node *node,
		       const struct field *field, struct val_int *value)
{
	if (!yml_whole_number(node, &value->value))
		wrong_type(walk, node, "an integer");
	else
		check_range(walk, node, field, value->value);
	value->at = node;
}

static void decode_strs(const struct form *form, const struct walk *walk,
			const struct yml_node *node, struct val_strs *value)
{
	if (!is_kind(walk, node, YML_SEQUENCE, "a list of strings"))
		return;
	value->at = node;
	value->count = node->count;
	value->items = arena_alloc(walk->arena, node->count * sizeof(char *));
	for (size_t i = 0; i < node->count; i++) {
		struct walk inner = step_item(walk, i);

		check_text(&inner, node->items[i]);
		if (form)
			check_form(&inner, node->items[i], form);
		value->items[i] = node->items[i]->text;
	}
}

static void decode_map(const struct walk *walk, const struct yml_node *node,
		       struct val_map *value)
{
	if (!is_kind(walk, node, YML_MAPPING, "a mapping of strings"))
		return;
	value->at = node;
	value->count = node->count / 2;
	value->keys = arena_alloc(walk->arena, value->count * sizeof(char *));
	value->values = arena_alloc(walk->arena, value->count * sizeof(char *));
	for (size_t i = 0; i < value->count; i++) {
		const struct yml_node *text = node->items[2 * i + 1];
		struct walk inner = step_key(walk, node->items[2 * i]->text);

		value->keys[i] = inner.key;
		check_text(&inner, text);
		value->values[i] = text->text;
	}
}

static void decode_id(const struct walk *walk, const struct yml_node *node,
		      struct val_id *value)
{
	value->at = node;
	if (yml_integer(node, &value->number))
		return;
	if (!is_string(node))
		wrong_type(walk, node, "a name or an integer");
	value->name = node->text;
}

static void decode_ids(const struct walk *walk, const struct yml_node *node,
		       struct val_ids *value)
{
	if (!is_kind(walk, node, YML_SEQUENCE, "a list of names or numbers"))
		return;
	value->at = node;
	value->count = node->count;
	value->items =
		arena_alloc(walk->arena, node->count * sizeof(*value->items));
	for (size_t i = 0; i < node->count; i++) {
		struct walk inner = step_item(walk, i);

		decode_id(&inner, node->items[i], &value->items[i]);
	}
}

static void decode_node(const struct schema *schema, const struct walk *walk,
			const struct yml_node *node, void *target);

/* Where a struct keeps its own place. */
static const struct yml_node **place_in(const struct schema *schema,
					void *target)
{
	return (const struct yml_node **)(void *)((char *)target +
						  schema->at_offset);
}

static void decode_list(const struct schema *schema, const struct walk *walk,
			const struct yml_node *node, struct val_list *value)
{
	char *items;

	if (!is_kind(walk, node, YML_SEQUENCE, "a list"))
		return;
	items = arena_alloc(walk->arena, node->count * schema->size);
	value->at = node;
	value->count = node->count;
	value->items = items;
	for (size_t i = 0; i < node->count; i++) {
		struct walk inner = step_item(walk, i);

		decode_node(schema, &inner, node->items[i],
			    items + i * schema->size);
	}
}

/* The text alone stands for the struct with just its first field. */
static void decode_short(const struct schema *schema, const struct walk *walk,
			 const struct yml_node *node, void *target)
{
	const struct field *first = schema->fields;

	if (node->kind != YML_SCALAR) {
		decode_node(schema, walk, node, target);
		return;
	}
	assert(first->type == FIELD_STR);
	*place_in(schema, target) = node;
	decode_str(walk, node, first,
		   (struct val_str *)(void *)((char *)target + first->offset));
}

static void decode_field(const struct field *field, const struct walk *walk,
			 const struct yml_node *node, void *target)
{
	void *value = (char *)target + field->offset;

	switch (field->type) {
	case FIELD_STR:
		decode_str(walk, node, field, value);
		break;
	case FIELD_BOOL:
		decode_bool(walk, node, value);
		break;
	case FIELD_INT:
		decode_int(walk, node, field, value);
		break;
	case FIELD_STRS:
		decode_strs(field->form, walk, node, value);
		break;
	case FIELD_MAP:
		decode_map(walk, node, value);
		break;
	case FIELD_ID:
		decode_id(walk, node, value);
		break;
	case FIELD_IDS:
		decode_ids(walk, node, value);
		break;
	case FIELD_LIST:
		decode_list(field->schema, walk, node, value);
		break;
	case FIELD_STRUCT:
		decode_node(field->schema, walk, node, value);
		break;
	case FIELD_SHORT:
		decode_short(field->schema, walk, node, value);
		break;
	case FIELD_IGNORED:
	case FIELD_END:
		break;
	}
}

static void unknown_key(const struct schema *schema, const struct walk *walk,
			const struct yml_node *key)
{
	const char *words[64];
	size_t count = 0;
	const char *near;

	for (const struct field *field = schema->fields;
	     field->type != FIELD_END && count < ARRAY_LEN(words) - 1; field++)
		words[count++] = field->key;
	words[count] = NULL;
	near = key->length > SHOWN_MAX ? NULL : nearest_word(key->text, words);
	yml_report_add(walk->report, key, "unknown key '%.*s' in %s%s%s%s",
		       SHOWN_MAX, key->text, schema->what,
		       near ? "; is it '" : "", near ? near : "",
		       near ? "'?" : "");
}

static const struct field *find_field(const struct schema *schema,
				      const char *key)
{
	for (const struct field *field = schema->fields;
	     field->type != FIELD_END; field++)
		if (field->key[0] == key[0] && strcmp(field->key, key) == 0)
			return field;
	return NULL;
}

static void decode_node(const struct schema *schema, const struct walk *walk,
			const struct yml_node *node, void *target)
{
	if (!is_kind(walk, node, YML_MAPPING, "a mapping"))
		return;
	*place_in(schema, target) = node;
	for (size_t i = 0; i + 1 < node->count; i += 2) {
		const struct yml_node *key = node->items[i];
		const struct field *field = find_field(schema, key->text);
		struct walk inner = step_key(walk, key->text);

		if (!field) {
			unknown_key(schema, walk, key);
			continue;
		}
		decode_field(field, &inner, node->items[i + 1], target);
	}
}

void decode_struct(const struct schema *schema, const struct yml_node *node,
		   struct arena *arena, void *target, struct yml_report *report)
{
	struct walk walk = { .arena = arena, .report = report };

	decode_node(schema, &walk, node, target);
}
