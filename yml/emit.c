/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over field tables, the other way: structs into JSON values. */
#include "yml/emit.h"

#include <string.h>

#include "cmd/lib/base/json.h"
#include "cmd/lib/base/strv.h"
#include "yml/internal.h"

/* What LinuxKit writes even when it is absent. */
static const struct {
	const char *schema, *key;
} always[] = {
	{ "kernel", "image" },          { "an entry", "name" },
	{ "an entry", "image" },        { "a file", "path" },
	{ "a file", "directory" },      { "a file", "optional" },
	{ "a volume", "name" },         { "the manifest", "init" },
	{ "the manifest", "onboot" },   { "the manifest", "onshutdown" },
	{ "the manifest", "services" }, { "the manifest", "files" },
	{ "the manifest", "volumes" },
};

static bool is_always(const struct schema *schema, const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		if (always[i].key[0] == key[0] &&
		    strcmp(always[i].key, key) == 0 &&
		    strcmp(always[i].schema, schema->what) == 0)
			return true;
	return false;
}

/* Is the value of this key an image that gets its full name? */
static bool is_image(const struct schema *schema, const char *key)
{
	if (key[0] != 'i')
		return false;
	if (strcmp(key, "init") == 0)
		return strcmp(schema->what, "the manifest") == 0;
	return strcmp(key, "image") == 0 &&
	       (strcmp(schema->what, "kernel") == 0 ||
		strcmp(schema->what, "an entry") == 0);
}

static const char *named(const struct emit_names *names, const char *text)
{
	return names && *text ? names->name(names->context, text) : text;
}

/* How this document is written. */
struct emission {
	enum emit_form form;
	const struct emit_names *names;
};

/* LinuxKit has U+FFFD in JSON for each byte that is no text. */
static json_t *bytes_json(const struct val_str *value, enum emit_form form)
{
	const struct yml_node *node = value->at;

	if (!node->raw)
		return json_stringn(node->text, node->length);
	return form == EMIT_YAML ? yml_binary(node) : yml_replaced(node);
}

static json_t *strings_json(const struct val_strs *value,
			    const struct emit_names *names)
{
	json_t *list = json_array();

	for (size_t i = 0; i < value->count; i++)
		json_array_append_new(
			list, json_string(named(names, value->items[i])));
	return list;
}

/* With sorted keys, as Go writes maps. */
static json_t *map_json(const struct val_map *value)
{
	SCOPED(strv) keys = { 0 };
	json_t *object = json_object();

	for (size_t i = 0; i < value->count; i++)
		strv_add(&keys, value->keys[i]);
	strv_sort(&keys);
	for (size_t i = 0; i < keys.count; i++)
		json_object_set_new(
			object, keys.items[i],
			json_string(yml_get(value->at, keys.items[i])->text));
	return object;
}

static json_t *id_json(const struct val_id *value)
{
	return value->name ? json_string(value->name)
			   : json_integer(value->number);
}

static json_t *ids_json(const struct val_ids *value)
{
	json_t *list = json_array();

	for (size_t i = 0; i < value->count; i++)
		json_array_append_new(list, id_json(&value->items[i]));
	return list;
}

static json_t *struct_json(const struct schema *schema, const void *source,
			   const struct emission *how);

static json_t *list_json(const struct schema *schema,
			 const struct val_list *value,
			 const struct emission *how)
{
	const char *items = value->items;
	json_t *list = json_array();

	for (size_t i = 0; i < value->count; i++)
		json_array_append_new(
			list,
			struct_json(schema, items + i * schema->size, how));
	return list;
}

/* Every val_* type keeps its `at` in a place of its own. */
static const struct yml_node *place_of(const struct field *field,
				       const void *value)
{
	switch (field->type) {
	case FIELD_STR:
		return ((const struct val_str *)value)->at;
	case FIELD_BOOL:
		return ((const struct val_bool *)value)->at;
	case FIELD_INT:
		return ((const struct val_int *)value)->at;
	case FIELD_STRS:
		return ((const struct val_strs *)value)->at;
	case FIELD_MAP:
		return ((const struct val_map *)value)->at;
	case FIELD_ID:
		return ((const struct val_id *)value)->at;
	case FIELD_IDS:
		return ((const struct val_ids *)value)->at;
	case FIELD_LIST:
		return ((const struct val_list *)value)->at;
	case FIELD_STRUCT:
	case FIELD_SHORT:
		/* Every struct of a schema starts with its `at`. */
		return *(const struct yml_node *const *)value;
	case FIELD_IGNORED:
	case FIELD_END:
		break;
	}
	return NULL;
}

/* NULL when the value is absent. */
static json_t *present_json(const struct field *field, const void *value,
			    const struct emission *how, bool is_name)
{
	const struct emit_names *names = is_name ? how->names : NULL;
	const struct val_str *text = value;
	const struct val_bool *flag = value;
	const struct val_int *number = value;
	const struct yml_node *place = place_of(field, value);

	if (!place)
		return NULL;
	if (field->type == FIELD_SHORT && place->kind == YML_SCALAR)
		return json_string(place->text);
	switch (field->type) {
	case FIELD_STR:
		return field->any_bytes ? bytes_json(text, how->form)
					: json_string(named(names, text->text));
	case FIELD_BOOL:
		return json_boolean(flag->value);
	case FIELD_INT:
		return json_integer(number->value);
	case FIELD_STRS:
		return strings_json(value, names);
	case FIELD_MAP:
		return map_json(value);
	case FIELD_ID:
		return id_json(value);
	case FIELD_IDS:
		return ids_json(value);
	case FIELD_LIST:
		return list_json(field->schema, value, how);
	case FIELD_STRUCT:
	case FIELD_SHORT:
		return struct_json(field->schema, value, how);
	case FIELD_IGNORED:
	case FIELD_END:
		break;
	}
	return NULL;
}

static json_t *absent_json(const struct field *field)
{
	if (field->type == FIELD_STR)
		return json_string("");
	return field->type == FIELD_BOOL ? json_false() : json_array();
}

static json_t *struct_json(const struct schema *schema, const void *source,
			   const struct emission *how)
{
	json_t *object = json_object();

	for (const struct field *f = schema->fields; f->type != FIELD_END;
	     f++) {
		json_t *json = present_json(f, (const char *)source + f->offset,
					    how, is_image(schema, f->key));

		if (!json && is_always(schema, f->key))
			json = absent_json(f);
		if (json)
			json_object_set_new(object, f->key, json);
	}
	return object;
}

int manifest_emit(struct buf *text, const struct manifest *manifest,
		  enum emit_form form, const struct emit_names *names,
		  struct err *err)
{
	const struct emission how = { form, names };
	SCOPED_JSON json_t *json =
		struct_json(&manifest_schema, manifest, &how);

	if (form == EMIT_YAML)
		return yml_write(text, json, err);
	json_write(text, json);
	buf_add_char(text, '\n');
	return 0;
}
