/* SPDX-License-Identifier: Apache-2.0 */
/* YAML as nodes: positions, limits, scalar types. */
/* links: lib */
#include "tests/unit/unit.h"

#include "cmd/lib/base/buf.h"
#include "yml/yml.h"

static void check_refused_bytes(const char *text, size_t size,
				const char *wanted)
{
	SCOPED(yml_document) document = { 0 };
	SCOPED(err) err = { 0 };

	CHECK_INT(yml_parse(&document, "m.yml", text, size, &err), -1);
	CHECK_STR(err.msg, wanted);
	CHECK_INT(err.fault, FAULT_INPUT);
}

static void check_refused(const char *text, const char *wanted)
{
	check_refused_bytes(text, strlen(text), wanted);
}

static void parse(struct yml_document *document, const char *text)
{
	SCOPED(err) err = { 0 };

	if (yml_parse(document, "m.yml", text, strlen(text), &err) < 0)
		UNIT_FAIL("%s", err.msg);
}

TEST(nodes_know_their_place)
{
	SCOPED(yml_document) document = { 0 };
	const struct yml_node *node;

	parse(&document, "a: 1\nb:\n  - x\n  - \"y\"\n");
	node = yml_get(document.root, "b");
	CHECK_INT(node->kind, YML_SEQUENCE);
	CHECK_INT(node->count, 2);
	CHECK_INT(node->items[1]->line, 4);
	CHECK_INT(node->items[1]->column, 5);
	CHECK_STR(node->items[1]->file, "m.yml");
	CHECK(!yml_get(document.root, "c"));
}

TEST(no_document_has_no_root)
{
	static const char *const texts[] = { "", "\n\n", "# only a comment\n" };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		SCOPED(yml_document) document = { 0 };

		parse(&document, texts[i]);
		CHECK(!document.root);
	}
}

TEST(only_the_first_document_is_read)
{
	SCOPED(yml_document) document = { 0 };

	parse(&document, "a: 1\n---\n{ broken\n");
	CHECK(yml_get(document.root, "a"));
}

TEST(broken_text_is_refused_with_its_place)
{
	check_refused("a: [1, 2\nb: 3\n",
		      "m.yml:2:2: did not find expected ',' or ']'");
	check_refused(
		"a: b: c\n",
		"m.yml:1:5: mapping values are not allowed in this context");
	check_refused("a:\n\t- b\n",
		      "m.yml:2:1: found character that cannot start any token");
}

TEST(a_key_that_repeats_is_refused)
{
	check_refused("a: 1\nb: 2\na: 3\n",
		      "m.yml:3:1: the key 'a' stands here twice");
	check_refused("x: {\"a\": 1, a: 2}\n",
		      "m.yml:1:13: the key 'a' stands here twice");
}

TEST(a_key_must_be_a_word)
{
	check_refused("? [a]\n: 1\n",
		      "m.yml:1:3: a key must be a single word, not a list");
	check_refused("{{a: b}: c}\n",
		      "m.yml:1:2: a key must be a single word, not a mapping");
	check_refused("1: x\n",
		      "m.yml:1:1: the key '1' is an integer; put it in quotes");
	check_refused(
		"true: x\n",
		"m.yml:1:1: the key 'true' is a boolean; put it in quotes");
	check_refused("\"a\\0b\": x\n",
		      "m.yml:1:1: a key holds a NUL character");
}

TEST(an_alias_is_the_node_itself)
{
	SCOPED(yml_document) document = { 0 };

	parse(&document, "a: &x [1]\nb: *x\n");
	CHECK(yml_get(document.root, "a") == yml_get(document.root, "b"));
}

TEST(an_alias_to_nothing_or_to_itself_is_refused)
{
	check_refused("a: *x\n",
		      "m.yml:1:4: an alias to an anchor that is not there");
	check_refused("a: &x [*x]\n",
		      "m.yml:1:8: an alias to what it stands in");
	check_refused("&x {a: {b: *x}}\n",
		      "m.yml:1:12: an alias to what it stands in");
}

TEST(an_alias_bomb_is_refused)
{
	check_refused(
		"a: &a [x,x,x,x,x,x,x,x,x,x]\n"
		"b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
		"c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
		"d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
		"e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
		"f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"
		"g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n",
		"m.yml:5:4: aliases and items add up to more than 1048576 values");
}

TEST(merge_keys_give_what_is_not_there)
{
	SCOPED(yml_document) document = { 0 };
	const struct yml_node *node;

	parse(&document, "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\n"
			 "z:\n  b: own\n  <<: [*x, *y]\n");
	node = yml_get(document.root, "z");
	CHECK_INT(node->count, 6);
	CHECK_STR(yml_get(node, "b")->text, "own");
	CHECK_STR(yml_get(node, "a")->text, "1");
	CHECK_STR(yml_get(node, "c")->text, "4");
}

TEST(merge_keys_take_mappings_only)
{
	check_refused("<<: x\n",
		      "m.yml:1:5: '<<' takes mappings, not a string");
	check_refused("<<: [{a: 1}, [b]]\n",
		      "m.yml:1:14: '<<' takes mappings, not a list");
}

TEST(a_quoted_merge_key_is_a_key)
{
	SCOPED(yml_document) document = { 0 };

	parse(&document, "\"<<\": x\n");
	CHECK(yml_get(document.root, "<<"));
}

static void add_repeated(struct buf *text, const char *part, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_add_str(text, part);
}

TEST(deep_nesting_is_refused)
{
	SCOPED(buf) text = { 0 };

	add_repeated(&text, "[", 65);
	check_refused(buf_text(&text),
		      "m.yml:1:65: nested deeper than 64 levels");
	buf_clear(&text);
	add_repeated(&text, "[", 64);
	add_repeated(&text, "]", 64);
	{
		SCOPED(yml_document) document = { 0 };

		parse(&document, buf_text(&text));
	}
}

TEST(very_many_keys_or_anchors_are_refused)
{
	SCOPED(buf) text = { 0 };

	for (int i = 0; i <= 4096; i++)
		buf_add_fmt(&text, "k%d: x\n", i);
	check_refused(buf_text(&text), "m.yml:4097:1: more than 4096 keys");
	buf_clear(&text);
	for (int i = 0; i <= 1024; i++)
		buf_add_fmt(&text, "- &k%d x\n", i);
	check_refused(buf_text(&text), "m.yml:1025:3: more than 1024 anchors");
}

TEST(bytes_that_are_no_text_are_refused)
{
	check_refused_bytes(
		"a: b\0c", 6,
		"m.yml: control characters are not allowed at byte 4");
	check_refused("a: \xff\xfe\n",
		      "m.yml: invalid leading UTF-8 octet at byte 3");
	check_refused("a: \"\\ud800\"\n",
		      "m.yml:1:7: found invalid Unicode character escape code");
}

TEST(escapes_may_make_a_nul_and_it_is_counted)
{
	SCOPED(yml_document) document = { 0 };
	const struct yml_node *node;

	parse(&document, "a: \"x\\0y\\xff\"\n");
	node = yml_get(document.root, "a");
	CHECK_INT(node->length, 5);
	CHECK(memcmp(node->text, "x\0y\xc3\xbf", 6) == 0);
}

static enum yml_type type_of(const char *scalar)
{
	SCOPED(yml_document) document = { 0 };
	SCOPED(buf) text = { 0 };

	buf_add_fmt(&text, "a: %s\n", scalar);
	parse(&document, buf_text(&text));
	return yml_type_of(yml_get(document.root, "a"));
}

static const struct {
	const char *text;
	enum yml_type type;
} typed_scalars[] = {
	{ "yes", YML_STRING },
	{ "no", YML_STRING },
	{ "on", YML_STRING },
	{ "off", YML_STRING },
	{ "true", YML_BOOLEAN },
	{ "False", YML_BOOLEAN },
	{ "tRue", YML_STRING },
	{ "\"true\"", YML_STRING },
	{ "", YML_NULL },
	{ "~", YML_NULL },
	{ "null", YML_NULL },
	{ "\"\"", YML_STRING },
	{ "0644", YML_INTEGER },
	{ "\"0644\"", YML_STRING },
	{ "0o100", YML_INTEGER },
	{ "0x1F", YML_INTEGER },
	{ "0b101", YML_INTEGER },
	{ "-7", YML_INTEGER },
	{ "+7", YML_INTEGER },
	{ "1_000", YML_INTEGER },
	{ "1.0", YML_FLOAT },
	{ "1e3", YML_FLOAT },
	{ ".5", YML_FLOAT },
	{ "-.inf", YML_FLOAT },
	{ ".nan", YML_FLOAT },
	{ "1.", YML_FLOAT },
	{ "+.5e-3", YML_FLOAT },
	{ "1_0.5", YML_FLOAT },
	{ "0999", YML_FLOAT },
	{ "18446744073709551616", YML_FLOAT },
	{ "1.2.3.4", YML_STRING },
	{ "1.2e", YML_STRING },
	{ "e5", YML_STRING },
	{ ".", YML_STRING },
	{ "...", YML_STRING },
	{ "._5", YML_STRING },
	{ "+", YML_STRING },
	{ "!!int \"5\"", YML_INTEGER },
	{ "!!bool 'true'", YML_BOOLEAN },
	{ "!!binary NQ==", YML_STRING },
	{ "!local 5", YML_STRING },
	{ "2020-01-01", YML_STRING },
	{ "0x", YML_STRING },
	{ "0x0x10", YML_STRING },
	{ "12 34", YML_STRING },
	{ "-", YML_STRING },
	{ "_1", YML_STRING },
	{ "!!str 5", YML_STRING },
	{ "'5'", YML_STRING },
	{ "1/2", YML_STRING },
	{ "0b12", YML_STRING },
};

TEST(scalars_have_the_types_go_yaml_gives_them)
{
	for (size_t i = 0; i < ARRAY_LEN(typed_scalars); i++)
		if (!(strcmp(typed_scalars[i].text, "-") == 0) &&
		    type_of(typed_scalars[i].text) != typed_scalars[i].type)
			UNIT_FAIL("'%s' has type %d", typed_scalars[i].text,
				  (int)type_of(typed_scalars[i].text));
}

static bool integer_of(const char *scalar, int64_t *number)
{
	SCOPED(yml_document) document = { 0 };
	SCOPED(buf) text = { 0 };

	buf_add_fmt(&text, "a: %s\n", scalar);
	parse(&document, buf_text(&text));
	return yml_integer(yml_get(document.root, "a"), number);
}

TEST(integers_have_four_bases)
{
	static const struct {
		const char *text;
		int64_t number;
	} rows[] = {
		{ "0", 0 },        { "0644", 420 },
		{ "0o100", 64 },   { "0x10", 16 },
		{ "0b101", 5 },    { "-0x10", -16 },
		{ "1_000", 1000 }, { "9223372036854775807", INT64_MAX },
	};
	int64_t number;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CHECK(integer_of(rows[i].text, &number));
		CHECK_INT(number, rows[i].number);
	}
	CHECK(!integer_of("9223372036854775808", &number));
	CHECK(!integer_of("\"5\"", &number));
	CHECK(!integer_of("1.0", &number));
	CHECK(!integer_of("[1]", &number));
}
