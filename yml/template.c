/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: "@pkg:FOLDER" and what it stands for. */
#include "yml/internal.h"

#include <ctype.h>
#include <string.h>

#define PACKAGE_PREFIX "@pkg:"

/*
 * One word that begins "@name:". Anything else with an @ in front, such as
 * "@reboot job", is only text.
 */
static bool is_template(const struct yml_node *scalar)
{
	const char *text = scalar->text;
	size_t length = 1;

	if (text[0] != '@' || strlen(text) != scalar->length)
		return false;
	while (islower((unsigned char)text[length]))
		length++;
	return length > 1 && text[length] == ':' &&
	       text[strcspn(text, " \t\r\n")] == '\0';
}

static void expand_scalar(struct yml_node *node,
			  const struct manifest_templates *templates,
			  struct arena *arena, struct yml_report *report)
{
	SCOPED_FREE char *text = NULL;
	SCOPED(err) why = { 0 };

	if (strncmp(node->text, PACKAGE_PREFIX, strlen(PACKAGE_PREFIX)) != 0) {
		yml_report_add(report, node,
			       "'%.200s' is no template: only @pkg:PATH is one",
			       node->text);
		return;
	}
	if (templates->expand(templates->context, node,
			      node->text + strlen(PACKAGE_PREFIX), &text,
			      &why) < 0) {
		yml_report_add(report, node, "%s", why.msg);
		return;
	}
	node->length = strlen(text);
	node->text = arena_text(arena, text, node->length);
	node->plain = false;
}

void template_expand(struct yml_node *node,
		     const struct manifest_templates *templates,
		     struct arena *arena, struct yml_report *report)
{
	if (node->kind == YML_SCALAR && is_template(node))
		expand_scalar(node, templates, arena, report);
	for (size_t i = 0; i < node->count; i++)
		template_expand(node->items[i], templates, arena, report);
}
