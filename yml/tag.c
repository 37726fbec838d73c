/* SPDX-License-Identifier: Apache-2.0 */
/* What an explicit tag makes of a scalar, as go-yaml v3 has it. */
#include "yml/internal.h"

#include <string.h>

#include <jansson.h>
#include <openssl/evp.h>

#include "cmd/lib/base/mem.h"
#include "yml/yml.h"

#define CORE "tag:yaml.org,2002:"

/* What a scalar is said to be, its text shows as if it had no quotes. */
static const char *const shown_types[] = { "int", "float", "bool", "null",
					   "merge" };

/* How many bytes the character at `text` has; 0: it is no UTF-8. */
static size_t character_size(const char *text, size_t size)
{
	unsigned char first = (unsigned char)*text;
	size_t length = first < 0x80   ? 1
			: first < 0xe0 ? 2
			: first < 0xf0 ? 3
				       : 4;
	json_t *string = NULL;

	if (length <= size)
		string = json_stringn(text, length);
	json_decref(string);
	return string ? length : 0;
}

static bool is_utf8(const char *text, size_t length)
{
	json_t *string = json_stringn(text, length);
	bool valid = string != NULL;

	json_decref(string);
	return valid;
}

json_t *yml_replaced(const struct yml_node *scalar)
{
	SCOPED(buf) text = { 0 };
	size_t length;

	for (size_t i = 0; i < scalar->length; i += length ? length : 1) {
		length = character_size(scalar->text + i, scalar->length - i);
		if (length)
			buf_add(&text, scalar->text + i, length);
		else
			buf_add_str(&text, "\xef\xbf\xbd");
	}
	return json_stringn(buf_text(&text), text.size);
}

/* A list below the tag: nothing else that is emitted looks so. */
json_t *yml_binary(const struct yml_node *scalar)
{
	SCOPED_FREE unsigned char *coded = xmalloc(scalar->length * 4 / 3 + 8);

	EVP_EncodeBlock(coded, (const unsigned char *)scalar->text,
			(int)scalar->length);
	return json_pack("{s:[s]}", BINARY_TAG, (const char *)coded);
}

/* The digits without the blanks that fold them. */
static size_t take_coded(const struct yml_node *node, unsigned char *coded)
{
	size_t count = 0;

	for (size_t i = 0; i < node->length; i++)
		if (!strchr(" \t\r\n", node->text[i]) || !node->text[i])
			coded[count++] = (unsigned char)node->text[i];
	return count;
}

/* The "=" at the end; more than two, or others, are none of base64. */
static bool take_padding(const unsigned char *coded, size_t count,
			 size_t *padding)
{
	*padding = 0;
	while (*padding < 2 && *padding < count &&
	       coded[count - 1 - *padding] == '=')
		++*padding;
	return count % 4 == 0 && !memchr(coded, '=', count - *padding);
}

static int decode_binary(struct yml_node *node, struct arena *arena,
			 struct err *err)
{
	SCOPED_FREE unsigned char *coded = xcalloc(node->length + 1, 1);
	SCOPED_FREE unsigned char *plain = xcalloc(node->length + 4, 1);
	size_t count = take_coded(node, coded);
	size_t padding;
	int size = 0;

	if (!take_padding(coded, count, &padding) ||
	    (count && (size = EVP_DecodeBlock(plain, coded, (int)count)) < 0))
		return yml_fail(node, err, "!!binary is not in base64");
	node->length = (size_t)size - padding;
	node->text = arena_text(arena, (const char *)plain, node->length);
	node->raw = !is_utf8(node->text, node->length);
	return 0;
}

int yml_apply_tag(struct yml_node *node, const char *tag, struct arena *arena,
		  struct err *err)
{
	node->plain = false;
	if (strncmp(tag, CORE, strlen(CORE)) != 0)
		return 0;
	tag += strlen(CORE);
	if (strcmp(tag, "binary") == 0)
		return decode_binary(node, arena, err);
	for (size_t i = 0; i < ARRAY_LEN(shown_types); i++)
		if (strcmp(tag, shown_types[i]) == 0)
			node->plain = true;
	return 0;
}
