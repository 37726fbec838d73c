/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over field tables, the other way: structs into JSON values. */
#include "yml/emit.h"

#include <string.h>

#include "cmd/lib/base/json.h"
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
		if (strcmp(always[i].schema, schema->what) == 0 &&
		    strcmp(always[i].key, key) == 0)
			return true;
	return false;
}

/* Is the value of this key an image that gets its full name? */
static bool is_image(const struct schema *schema, const char *key)
{
	bool of_entry = strcmp(schema->what, "kernel") == 0 ||
			strcmp(schema->what, "an entry") == 0;

	return (of_entry && strcmp(key, "image") == 0) ||
	       (strcmp(schema->what, "the manifest") == 0 &&
		strcmp(key, "init") == 0);
}

static const char *named(const struct emit_names *names, const char *text)
{
	return names && *text ? names->name(names->context, text) : text;
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

static json_t *map_json(const struct val_map *value)
{
	json_t *object = json_object();

	for (size_t i = 0; i < value->count; i++)
		json_object_set_new(object, value->keys[i],
				    json_string(value->values[i]));
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
			   const struct emit_names *names);

static json_t *list_json(const struct schema *schema,
			 const struct val_list *value,
			 const struct emit_names *names)
{
	const char *items = value->items;
	json_t *list = json_array();

	for (size_t i = 0; i < value->count; i++)
		json_array_append_new(
			list,
			struct_json(schema, items + i * schema->size, names));
	return list;
}

/* NULL when the value is absent; every val_* type is looked at by its own. */
static json_t *present_json(const struct field *field, const void *value,
			    const struct emit_names *names)
{
	const struct val_str *text = value;
	const struct val_bool *flag = value;
	const struct val_int *number = value;
	const struct val_strs *strings = value;
	const struct val_map *map = value;
	const struct val_id *id = value;
	const struct val_ids *ids = value;
	const struct val_list *list = value;
	const struct yml_node *const *at =
		(const struct yml_node *const *)value;

	switch (field->type) {
	case FIELD_STR:
		return text->at ? json_string(named(names, text->text)) : NULL;
	case FIELD_BOOL:
		return flag->at ? json_boolean(flag->value) : NULL;
	case FIELD_INT:
		return number->at ? json_integer(number->value) : NULL;
	case FIELD_STRS:
		return strings->at ? strings_json(strings, names) : NULL;
	case FIELD_MAP:
		return map->at ? map_json(map) : NULL;
	case FIELD_ID:
		return id->at ? id_json(id) : NULL;
	case FIELD_IDS:
		return ids->at ? ids_json(ids) : NULL;
	case FIELD_LIST:
		return list->at ? list_json(field->schema, list, names) : NULL;
	case FIELD_STRUCT:
		/* Every struct of a schema starts with its `at`. */
		return *at ? struct_json(field->schema, value, names) : NULL;
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
			   const struct emit_names *names)
{
	json_t *object = json_object();

	for (const struct field *f = schema->fields; f->type != FIELD_END;
	     f++) {
		/* Names reach the images of nested structs, not other text. */
		bool nested = f->type == FIELD_LIST || f->type == FIELD_STRUCT;
		bool pass = nested || is_image(schema, f->key);
		json_t *json = present_json(f, (const char *)source + f->offset,
					    pass ? names : NULL);

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
	SCOPED_JSON json_t *json =
		struct_json(&manifest_schema, manifest, names);

	if (form == EMIT_YAML)
		return yml_write(text, json, err);
	json_write(text, json);
	buf_add_char(text, '\n');
	return 0;
}
