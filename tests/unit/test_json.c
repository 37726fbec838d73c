/* SPDX-License-Identifier: Apache-2.0 */
/* links: lib */
#include "tests/unit/unit.h"

#include "cmd/lib/base/json.h"

static json_t *parse(const char *text)
{
	SCOPED(err) err = { 0 };
	json_t *json = NULL;

	if (json_parse(&json, text, strlen(text), "test", &err) < 0)
		UNIT_FAIL("%s", err.msg);
	return json;
}

static void check_written(const char *text, const char *wanted)
{
	SCOPED_JSON json_t *json = parse(text);
	SCOPED(buf) out = { 0 };

	json_write(&out, json);
	CHECK_STR(buf_text(&out), wanted);
}

static void check_refused(const char *text, size_t size)
{
	SCOPED(err) err = { 0 };
	SCOPED_JSON json_t *json = NULL;

	CHECK_INT(json_parse(&json, text, size, "file.json", &err), -1);
	CHECK_INT(err.fault, FAULT_INPUT);
	CHECK(strncmp(err.msg, "file.json:", 10) == 0);
}

TEST(objects_keep_their_order_and_get_four_blanks)
{
	check_written("{\"b\":1,\"a\":[true,null]}",
		      "{\n    \"b\": 1,\n    \"a\": [\n        true,\n"
		      "        null\n    ]\n}");
}

TEST(empty_things_stay_on_one_line)
{
	check_written("{\"a\":[],\"b\":{}}",
		      "{\n    \"a\": [],\n    \"b\": {}\n}");
}

TEST(what_html_minds_is_escaped)
{
	check_written("[\"<&>/\\\"\\\\\"]",
		      "[\n    \"\\u003c\\u0026\\u003e/\\\"\\\\\"\n]");
}

TEST(control_characters_are_escaped)
{
	check_written("[\"\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\"]",
		      "[\n    \"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"\n]");
}

TEST(line_separators_are_escaped_and_other_text_is_not)
{
	check_written("[\"\\u2028\\u2029\\u00e9\\u20ac\"]",
		      "[\n    \"\\u2028\\u2029\xc3\xa9\xe2\x82\xac\"\n]");
}

TEST(the_largest_number_is_written_whole)
{
	SCOPED_JSON json_t *json =
		json_pack("[f, I]", JSON_U64_MAX, (json_int_t)INT64_MIN);
	SCOPED(buf) out = { 0 };

	json_write_compact(&out, json);
	CHECK_STR(buf_text(&out),
		  "[18446744073709551615,-9223372036854775808]");
}

TEST(the_compact_form_has_no_blanks)
{
	SCOPED_JSON json_t *json = parse("{ \"a\" : [ 1 , \"x\" ] }");
	SCOPED(buf) out = { 0 };

	json_write_compact(&out, json);
	CHECK_STR(buf_text(&out), "{\"a\":[1,\"x\"]}");
}

TEST(ambiguous_and_broken_documents_are_refused)
{
	static const char *const wrong[] = {
		"",           "{\"a\":1,\"a\":2}",
		"[1] 2",      "[1,]",
		"{a:1}",      "[\"\\ud800\"]",
		"[1e999]",    "[\"\\u0000\"]",
		"[\"\xff\"]", "[01]",
		"[\"a\nb\"]", "nul",
	};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		check_refused(wrong[i], strlen(wrong[i]));
}

TEST(deep_nesting_is_refused)
{
	static char text[1000000];

	memset(text, '[', sizeof(text));
	check_refused(text, sizeof(text));
}

TEST(a_member_of_another_type_is_no_text)
{
	SCOPED_JSON json_t *json = parse("{\"a\":1,\"b\":\"x\"}");

	CHECK(!json_text(json, "a"));
	CHECK(!json_text(json, "none"));
	CHECK(!json_text(NULL, "a"));
	CHECK_STR(json_text(json, "b"), "x");
}
