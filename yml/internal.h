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

/* What yml_write makes a !!binary of. */
json_t *yml_binary(const struct yml_node *scalar);
#define BINARY_TAG "tag:yaml.org,2002:binary"

/* The text with U+FFFD for each byte that is no UTF-8. */
json_t *yml_replaced(const struct yml_node *scalar);

/*
 * For a scalar with an explicit tag: says whether its text shows its type, and
 * decodes !!binary. FAULT_INPUT with the place when that is not base64.
 */
int yml_apply_tag(struct yml_node *node, const char *tag, struct arena *arena,
		  struct err *err) MUST_CHECK;

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
