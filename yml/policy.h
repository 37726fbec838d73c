/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which images a build may take: rules over full references, of which the first
 * that matches decides. An image that none matches may be taken.
 */
#pragma once

#include "cmd/lib/base/buf.h"
#include "yml/decode.h"

enum policy_need {
	POLICY_NOTHING,
	POLICY_DIGEST,    /* the reference, or a lock, tells a digest */
	POLICY_SIGNATURE, /* by one of `keys` */
	POLICY_REJECT,
};

struct policy_rule {
	const struct yml_node *at;
	struct val_strs images; /* patterns as in glob(7); * crosses slashes */
	struct val_str require;
	struct val_strs keys; /* files with a public key in PEM */
};

/* A file of rules alone; { 0 } is empty. */
struct policy {
	const struct yml_node *at;
	struct val_list rules;        /* struct policy_rule */
	struct yml_document document; /* owned: all of the above */
};

extern const struct schema policy_rule_schema;

void policy_release(struct policy *policy);

/* Decodes and checks such a file. FAULT_INPUT with file:line:column. */
int policy_decode(struct policy *policy, const char *path,
		  const struct buf *text, struct err *err) MUST_CHECK;

/* Reports rules that are not whole. */
void policy_check(const struct val_list *rules, struct yml_report *report);

/* The rule that decides about an image, or NULL. */
const struct policy_rule *policy_find(const struct val_list *rules,
				      const char *name);

enum policy_need policy_needs(const struct policy_rule *rule);
