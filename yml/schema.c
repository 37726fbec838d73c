/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the manifest as a JSON Schema. */
#include "yml/schema.h"

#include <assert.h>
#include <string.h>

#include "cmd/lib/base/mem.h"
#include "yml/internal.h"
#include "yml/manifest.h"

const char *schema_noun(const struct schema *schema)
{
	static const char *const articles[] = { "a ", "an ", "the " };

	for (size_t i = 0; i < ARRAY_LEN(articles); i++)
		if (strncmp(schema->what, articles[i], strlen(articles[i])) ==
		    0)
			return schema->what + strlen(articles[i]);
	return schema->what;
}

char *schema_anchor(const struct schema *schema)
{
	char *anchor = xstrdup(schema_noun(schema));

	for (char *c = anchor; *c; c++)
		if (*c == ' ')
			*c = '-';
		else if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return anchor;
}

static bool is_listed(const struct schema_list *list,
		      const struct schema *schema)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i] == schema)
			return true;
	return false;
}

static void list_from(struct schema_list *list, const struct schema *schema)
{
	if (is_listed(list, schema))
		return;
	assert(list->count < ARRAY_LEN(list->items));
	list->items[list->count++] = schema;
	for (const struct field *field = schema->fields;
	     field->type != FIELD_END; field++)
		if (field->schema)
			list_from(list, field->schema);
}

void schema_list_manifest(struct schema_list *list)
{
	list_from(list, &manifest_schema);
}

static json_t *type_named(const char *name)
{
	return json_pack("{s:s}", "type", name);
}

static json_t *text_of(const struct field *field)
{
	json_t *text = type_named("string");
	const char *pattern =
		field->form ? field->form->pattern : field->pattern;

	if (pattern)
		json_object_set_new(text, "pattern", json_string(pattern));
	return text;
}

static json_t *integer_of(const struct field *field)
{
	json_t *number = type_named("integer");

	if (field->low || field->high) {
		json_object_set_new(number, "minimum",
				    json_integer(field->low));
		json_object_set_new(number, "maximum",
				    json_integer(field->high));
	}
	return number;
}

static json_t *name_or_number(void)
{
	return json_pack("{s:[s,s]}", "type", "string", "integer");
}

static json_t *list_of(json_t *item)
{
	return json_pack("{s:s,s:o}", "type", "array", "items", item);
}

static json_t *map_of(json_t *value)
{
	return json_pack("{s:s,s:o}", "type", "object", "additionalProperties",
			 value);
}

static json_t *reference_to(const struct schema *schema)
{
	SCOPED_FREE char *anchor = schema_anchor(schema);

	return json_pack("{s:s+}", "$ref", "#/definitions/", anchor);
}

static json_t *value_of(const struct field *field)
{
	switch (field->type) {
	case FIELD_STR:
		return text_of(field);
	case FIELD_BOOL:
		return type_named("boolean");
	case FIELD_INT:
		return integer_of(field);
	case FIELD_STRS:
		return list_of(text_of(field));
	case FIELD_MAP:
		return map_of(type_named("string"));
	case FIELD_ID:
		return name_or_number();
	case FIELD_IDS:
		return list_of(name_or_number());
	case FIELD_LIST:
		return list_of(reference_to(field->schema));
	case FIELD_STRUCT:
		return reference_to(field->schema);
	case FIELD_SHORT:
		return json_pack("{s:[o,o]}", "anyOf",
				 text_of(field->schema->fields),
				 reference_to(field->schema));
	case FIELD_IGNORED:
	case FIELD_END:
		break;
	}
	return json_object();
}

/* Draft 7 has no words beside a $ref; editors show them all the same. */
static json_t *property_of(const struct field *field)
{
	json_t *property = value_of(field);

	json_object_set_new(property, "description", json_string(field->help));
	return property;
}

static json_t *object_of(const struct schema *schema)
{
	json_t *object = type_named("object");
	json_t *properties = json_object();
	json_t *required = json_array();

	json_object_set_new(object, "additionalProperties", json_false());
	json_object_set_new(object, "properties", properties);
	json_object_set_new(object, "required", required);
	for (const struct field *field = schema->fields;
	     field->type != FIELD_END; field++) {
		json_object_set_new(properties, field->key, property_of(field));
		if (field->needed)
			json_array_append_new(required,
					      json_string(field->key));
	}
	return object;
}

static json_t *definitions_of(const struct schema_list *list)
{
	json_t *definitions = json_object();

	for (size_t i = 0; i < list->count; i++) {
		SCOPED_FREE char *anchor = schema_anchor(list->items[i]);

		json_object_set_new(definitions, anchor,
				    object_of(list->items[i]));
	}
	return definitions;
}

void manifest_json_schema(struct buf *text)
{
	struct schema_list list = { 0 };
	SCOPED_JSON json_t *schema =
		json_pack("{s:s,s:s}", "$schema",
			  "http://json-schema.org/draft-07/schema#", "title",
			  "A manifest of kitbuild");

	schema_list_manifest(&list);
	json_object_set_new(schema, "allOf",
			    json_pack("[o]", reference_to(&manifest_schema)));
	json_object_set_new(schema, "definitions", definitions_of(&list));
	json_write(text, schema);
	buf_add_char(text, '\n');
}
