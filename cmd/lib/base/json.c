/* SPDX-License-Identifier: Apache-2.0 */
/* JSON by jansson. */
#include "cmd/lib/base/json.h"

#include <string.h>

#include "cmd/lib/base/limits.h"

/* An empty object of two bytes takes over two hundred. */
size_t json_cost(const char *text, size_t size)
{
	static const size_t costs[256] = {
		['{'] = 256,
		['['] = 128,
		[','] = 64,
	};
	size_t sum = size;

	for (size_t i = 0; i < size; i++)
		sum += costs[(unsigned char)text[i]];
	return sum;
}

int json_parse(json_t **json, const char *text, size_t size, const char *name,
	       struct err *err)
{
	json_error_t error;

	*json = NULL;
	if (json_cost(text, size) > limit_of(LIMIT_JSON))
		return err_set(err, FAULT_INPUT,
			       "%s: more values than allowed (--limit json)",
			       name);
	*json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	if (!*json)
		return err_set(err, FAULT_INPUT, "%s:%d:%d: %s", name,
			       error.line, error.column, error.text);
	return 0;
}

const char *json_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* One run over a document. `indent` 0: no blanks at all. */
struct dump {
	struct buf *out;
	size_t indent;
};

static bool is_line_separator(const char *text)
{
	return strncmp(text, "\xe2\x80\xa8", 3) == 0 ||
	       strncmp(text, "\xe2\x80\xa9", 3) == 0;
}

static void add_string(struct buf *out, const json_t *json)
{
	static const char shorts[] = "\"\\\b\f\n\r\t";
	static const char letters[] = "\"\\bfnrt";
	const char *text = json_string_value(json);
	const char *end = text + json_string_length(json);

	buf_add_char(out, '"');
	for (; text < end; text++) {
		const char *found = *text ? strchr(shorts, *text) : NULL;

		if (found) {
			buf_add_fmt(out, "\\%c", letters[found - shorts]);
		} else if ((unsigned char)*text < 0x20 ||
			   strchr("<>&", *text)) {
			buf_add_fmt(out, "\\u%04x", (unsigned)*text);
		} else if (is_line_separator(text)) {
			buf_add_str(out,
				    text[2] == '\xa8' ? "\\u2028" : "\\u2029");
			text += 2;
		} else {
			buf_add_char(out, *text);
		}
	}
	buf_add_char(out, '"');
}

static void new_line(const struct dump *dump, size_t depth)
{
	if (dump->indent == 0)
		return;
	buf_add_char(dump->out, '\n');
	for (size_t i = 0; i < depth * dump->indent; i++)
		buf_add_char(dump->out, ' ');
}

static void add_value(const struct dump *dump, const json_t *json,
		      size_t depth);

static void add_array(const struct dump *dump, const json_t *json, size_t depth)
{
	size_t size = json_array_size(json);

	buf_add_char(dump->out, '[');
	for (size_t i = 0; i < size; i++) {
		if (i)
			buf_add_char(dump->out, ',');
		new_line(dump, depth + 1);
		add_value(dump, json_array_get(json, i), depth + 1);
	}
	if (size)
		new_line(dump, depth);
	buf_add_char(dump->out, ']');
}

static void add_object(const struct dump *dump, const json_t *json,
		       size_t depth)
{
	/* jansson's iterators take a non-const object and do not change it. */
	json_t *object = (json_t *)(uintptr_t)json;
	const char *separator = "";

	buf_add_char(dump->out, '{');
	for (void *i = json_object_iter(object); i;
	     i = json_object_iter_next(object, i)) {
		SCOPED_JSON json_t *key = json_string(json_object_iter_key(i));

		buf_add_str(dump->out, separator);
		new_line(dump, depth + 1);
		add_string(dump->out, key);
		buf_add_str(dump->out, dump->indent ? ": " : ":");
		add_value(dump, json_object_iter_value(i), depth + 1);
		separator = ",";
	}
	if (*separator)
		new_line(dump, depth);
	buf_add_char(dump->out, '}');
}

static void add_value(const struct dump *dump, const json_t *json, size_t depth)
{
	switch (json_typeof(json)) {
	case JSON_OBJECT:
		add_object(dump, json, depth);
		break;
	case JSON_ARRAY:
		add_array(dump, json, depth);
		break;
	case JSON_STRING:
		add_string(dump->out, json);
		break;
	case JSON_INTEGER:
		buf_add_fmt(dump->out, "%" JSON_INTEGER_FORMAT,
			    json_integer_value(json));
		break;
	case JSON_REAL:
		if (json_real_value(json) == JSON_U64_MAX)
			buf_add_fmt(dump->out, "%llu",
				    (unsigned long long)UINT64_MAX);
		else
			buf_add_fmt(dump->out, "%.17g", json_real_value(json));
		break;
	case JSON_TRUE:
		buf_add_str(dump->out, "true");
		break;
	case JSON_FALSE:
		buf_add_str(dump->out, "false");
		break;
	case JSON_NULL:
		buf_add_str(dump->out, "null");
		break;
	}
}

void json_write(struct buf *out, const json_t *json)
{
	struct dump dump = { out, 4 };

	add_value(&dump, json, 0);
}

void json_write_compact(struct buf *out, const json_t *json)
{
	struct dump dump = { out, 0 };

	add_value(&dump, json, 0);
}
