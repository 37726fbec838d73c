/* SPDX-License-Identifier: Apache-2.0 */
/* What a registry asks for. */
#include "cmd/lib/oci/auth.h"

#include <string.h>
#include <strings.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/mem.h"

#define HEADER_MAX 8192
#define TOKEN_CHARS                                                            \
	"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

void oci_challenge_release(struct oci_challenge *challenge)
{
	free(challenge->realm);
	free(challenge->service);
	*challenge = (struct oci_challenge){ 0 };
}

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t,");
}

/* A token or a quoted string; returns what follows, NULL when unreadable. */
static const char *read_value(const char *text, struct buf *value)
{
	buf_clear(value);
	if (*text != '"') {
		size_t length = strcspn(text, ", \t");

		buf_add(value, text, length);
		return text + length;
	}
	for (text++; *text && *text != '"'; text++) {
		if (*text == '\\' && text[1])
			text++;
		buf_add_char(value, *text);
	}
	return *text == '"' ? text + 1 : NULL;
}

static bool is_word(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && strncasecmp(text, word, length) == 0;
}

static void take_parameter(struct oci_challenge *one, const char *key,
			   size_t length, const struct buf *value)
{
	char **slot = NULL;

	if (is_word(key, length, "realm"))
		slot = &one->realm;
	else if (is_word(key, length, "service"))
		slot = &one->service;
	if (!slot)
		return;
	free(*slot);
	*slot = xstrdup(buf_text(value));
}

/* The first usable one of each kind counts. */
static void finish_one(struct oci_challenge *all, struct oci_challenge *one)
{
	all->basic |= one->basic;
	if (one->bearer && one->realm && !all->bearer) {
		all->bearer = true;
		all->realm = TAKE(one->realm);
		all->service = TAKE(one->service);
	}
	oci_challenge_release(one);
}

void oci_challenge_add(struct oci_challenge *challenge, const char *header)
{
	SCOPED(oci_challenge) one = { 0 };
	SCOPED(buf) value = { 0 };
	const char *text = skip_blanks(header);

	if (strlen(header) > HEADER_MAX)
		return;
	while (text && *text) {
		size_t length = strspn(text, TOKEN_CHARS);

		if (length == 0)
			break;
		if (text[length] == '=') {
			const char *rest =
				read_value(text + length + 1, &value);

			take_parameter(&one, text, length, &value);
			text = rest ? skip_blanks(rest) : NULL;
			continue;
		}
		finish_one(challenge, &one);
		one.basic = is_word(text, length, "Basic");
		one.bearer = is_word(text, length, "Bearer");
		text = skip_blanks(text + length);
	}
	finish_one(challenge, &one);
}
