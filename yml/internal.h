/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of yml share. */
#pragma once

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/json.h"
#include "yml/manifest.h"

/* Appends JSON values as a YAML document; text that looks like another type is
 * quoted. */
int yml_write(struct buf *text, const json_t *json, struct err *err) MUST_CHECK;

/* Replaces the text of every template of a document, and reports the others. */
void template_expand(struct yml_node *node,
		     const struct manifest_templates *templates,
		     struct arena *arena, struct yml_report *report);

extern const struct form form_duration;
extern const struct form form_landlock;
extern const struct form form_name; /* of a runtime or device */
extern const struct form form_onfail;
extern const struct form form_security;
extern const struct form form_text; /* not empty */
extern const struct form form_word; /* printable, without blanks */

extern const struct schema healthcheck_schema;
extern const struct schema readiness_schema;
extern const struct schema resources_schema;
extern const struct schema restart_schema;
extern const struct schema selinux_schema;

/* The schemas that manuals of a manifest show, each once, outermost first. */
struct schema_list {
	const struct schema *items[64];
	size_t count;
};

void schema_list_manifest(struct schema_list *list);

/* "id mapping" for "an id mapping"; borrowed. */
const char *schema_noun(const struct schema *schema);

/* "id-mapping": the noun as part of a link. The caller's to free. */
char *schema_anchor(const struct schema *schema);
