/* SPDX-License-Identifier: Apache-2.0 */
/* Values as YAML, by libyaml's emitter. */
#include "yml/internal.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <yaml.h>

#include "yml/yml.h"

#define INDENT 2

static int on_write(void *context, unsigned char *data, size_t size)
{
	return buf_try_add(context, data, size) ? 1 : 0;
}

static yaml_char_t *chars(const char *text)
{
	return (yaml_char_t *)(uintptr_t)text;
}

/*
 * What is text to us and to LinuxKit, but a boolean, a number to the base of 60
 * or a date to readers of YAML 1.1: go-yaml quotes those as well.
 */
static bool is_old_boolean(const char *text)
{
	static const char *const words[] = {
		"y", "yes", "on", "n", "no", "off"
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

static const char *skip_digits(const char *text, size_t most)
{
	size_t count = strspn(text, "0123456789");

	return text + (count < most ? count : most);
}

/* 12:30:45 */
static bool is_old_number(const char *text)
{
	const char *part;

	if (*text == '-' || *text == '+')
		text++;
	part = skip_digits(text, SIZE_MAX);
	if (part == text || *part != ':')
		return false;
	while (*part == ':') {
		text = part + 1;
		part = skip_digits(text, *text <= '5' ? 2 : 1);
		if (part == text)
			return false;
	}
	if (*part == '.')
		part = skip_digits(part + 1, SIZE_MAX);
	return !*part;
}

/* 2020-01-01, perhaps with a time behind it */
static bool is_date(const char *text)
{
	const char *month = skip_digits(text, 4);
	const char *day, *end;

	if (month != text + 4 || *month++ != '-')
		return false;
	day = skip_digits(month, 2);
	if (day == month || *day++ != '-')
		return false;
	end = skip_digits(day, 2);
	return end != day && (!*end || strchr("Tt ", *end));
}

/* Would the plain text be read as something else than a string? */
static bool needs_quotes(const char *text)
{
	struct yml_node node = { .kind = YML_SCALAR,
				 .text = text,
				 .length = strlen(text),
				 .plain = true };

	return yml_type_of(&node) != YML_STRING || strcmp(text, "<<") == 0 ||
	       is_old_boolean(text) || is_old_number(text) || is_date(text);
}

static int emit_scalar(yaml_emitter_t *emitter, const char *text, size_t length,
		       yaml_scalar_style_t style)
{
	yaml_event_t event;

	return yaml_scalar_event_initialize(&event, NULL, NULL, chars(text),
					    (int)length, 1, 1, style) &&
	       yaml_emitter_emit(emitter, &event);
}

static int emit_word(yaml_emitter_t *emitter, const char *text)
{
	return emit_scalar(emitter, text, strlen(text), YAML_ANY_SCALAR_STYLE);
}

static int emit_text(yaml_emitter_t *emitter, const char *text, size_t length)
{
	yaml_scalar_style_t style = YAML_ANY_SCALAR_STYLE;

	if (strlen(text) != length || needs_quotes(text))
		style = YAML_DOUBLE_QUOTED_SCALAR_STYLE;
	else if (strchr(text, '\n'))
		style = YAML_LITERAL_SCALAR_STYLE;
	return emit_scalar(emitter, text, length, style);
}

/* What yml_binary made; NULL when it is something else. */
static const char *binary_of(const json_t *json)
{
	return json_string_value(
		json_array_get(json_object_get(json, BINARY_TAG), 0));
}

static int emit_binary(yaml_emitter_t *emitter, const char *coded)
{
	yaml_event_t event;

	return yaml_scalar_event_initialize(&event, NULL, chars(BINARY_TAG),
					    chars(coded), (int)strlen(coded), 0,
					    0,
					    YAML_DOUBLE_QUOTED_SCALAR_STYLE) &&
	       yaml_emitter_emit(emitter, &event);
}

static int emit_value(yaml_emitter_t *emitter, const json_t *json);

static int emit_list(yaml_emitter_t *emitter, const json_t *json)
{
	yaml_sequence_style_t style = json_array_size(json)
					      ? YAML_BLOCK_SEQUENCE_STYLE
					      : YAML_FLOW_SEQUENCE_STYLE;
	yaml_event_t event;

	if (!yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
						  style) ||
	    !yaml_emitter_emit(emitter, &event))
		return 0;
	for (size_t i = 0; i < json_array_size(json); i++)
		if (!emit_value(emitter, json_array_get(json, i)))
			return 0;
	return yaml_sequence_end_event_initialize(&event) &&
	       yaml_emitter_emit(emitter, &event);
}

static int emit_mapping(yaml_emitter_t *emitter, const json_t *json)
{
	json_t *object = (json_t *)(uintptr_t)json;
	yaml_mapping_style_t style = json_object_size(json)
					     ? YAML_BLOCK_MAPPING_STYLE
					     : YAML_FLOW_MAPPING_STYLE;
	yaml_event_t event;

	if (!yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
						 style) ||
	    !yaml_emitter_emit(emitter, &event))
		return 0;
	for (void *i = json_object_iter(object); i;
	     i = json_object_iter_next(object, i)) {
		const char *key = json_object_iter_key(i);

		if (!emit_text(emitter, key, strlen(key)) ||
		    !emit_value(emitter, json_object_iter_value(i)))
			return 0;
	}
	return yaml_mapping_end_event_initialize(&event) &&
	       yaml_emitter_emit(emitter, &event);
}

static int emit_value(yaml_emitter_t *emitter, const json_t *json)
{
	char number[32];

	if (json_is_array(json))
		return emit_list(emitter, json);
	if (binary_of(json))
		return emit_binary(emitter, binary_of(json));
	if (json_is_object(json))
		return emit_mapping(emitter, json);
	if (json_is_string(json))
		return emit_text(emitter, json_string_value(json),
				 json_string_length(json));
	if (json_is_boolean(json))
		return emit_word(emitter,
				 json_is_true(json) ? "true" : "false");
	snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
		 json_integer_value(json));
	return emit_word(emitter, number);
}

static int emit_document(yaml_emitter_t *emitter, const json_t *json)
{
	yaml_event_t event;

	return yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING) &&
	       yaml_emitter_emit(emitter, &event) &&
	       yaml_document_start_event_initialize(&event, NULL, NULL, NULL,
						    1) &&
	       yaml_emitter_emit(emitter, &event) &&
	       emit_value(emitter, json) &&
	       yaml_document_end_event_initialize(&event, 1) &&
	       yaml_emitter_emit(emitter, &event) &&
	       yaml_stream_end_event_initialize(&event) &&
	       yaml_emitter_emit(emitter, &event);
}

int yml_write(struct buf *text, const json_t *json, struct err *err)
{
	yaml_emitter_t emitter;
	int done;

	if (!yaml_emitter_initialize(&emitter))
		return err_set(err, FAULT_SYSTEM, "libyaml cannot be set up");
	yaml_emitter_set_output(&emitter, on_write, text);
	yaml_emitter_set_indent(&emitter, INDENT);
	yaml_emitter_set_unicode(&emitter, 1);
	yaml_emitter_set_width(&emitter, -1);
	done = emit_document(&emitter, json);
	if (!done)
		err_set(err, FAULT_SYSTEM, "write YAML: %s",
			emitter.problem ? emitter.problem : "no reason given");
	yaml_emitter_delete(&emitter);
	return done ? 0 : -1;
}
