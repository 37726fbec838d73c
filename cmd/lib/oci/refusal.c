/* SPDX-License-Identifier: Apache-2.0 */
/* What a registry says when it refuses. */
#include "cmd/lib/oci/http.h"

#include <string.h>

#include "cmd/lib/base/json.h"
#include "cmd/lib/base/mem.h"

#define WORDS_MAX 200

/* A stranger's words must not steer a terminal. */
static void add_words(struct buf *text, const char *words)
{
	buf_add_str(text, ": ");
	for (size_t i = 0; i < WORDS_MAX && words[i]; i++)
		if (words[i] >= ' ' && words[i] <= '~')
			buf_add_char(text, words[i]);
		else
			buf_add_char(text, '?');
}

char *http_refusal_text(const struct buf *body)
{
	SCOPED_JSON json_t *json = NULL;
	SCOPED(err) ignored = { 0 };
	SCOPED(buf) text = { 0 };
	const char *code;
	const char *message;
	const json_t *first;

	if (body->size == 0 ||
	    json_parse(&json, buf_text(body), body->size, "", &ignored) < 0)
		return xstrdup("");
	first = json_array_get(json_object_get(json, "errors"), 0);
	code = json_text(first, "code");
	message = json_text(first, "message");
	if (code)
		add_words(&text, code);
	if (message && *message)
		add_words(&text, message);
	return xstrdup(buf_text(&text));
}
