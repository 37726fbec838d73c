/* SPDX-License-Identifier: Apache-2.0 */
/* Which images a build may take. */
#include "yml/policy.h"

#include <string.h>

#include "cmd/lib/base/path.h"
#include "yml/rows.h"

static const struct {
	const char *word;
	enum policy_need need;
} needs[] = {
	{ "nothing", POLICY_NOTHING },
	{ "digest", POLICY_DIGEST },
	{ "signature", POLICY_SIGNATURE },
	{ "reject", POLICY_REJECT },
};

static const struct form form_require = {
	"nothing, digest, signature or reject",
	"^(nothing|digest|signature|reject)$",
};

static const struct field policy_rule_fields[] = {
	ROW(policy_rule, images, "images", FIELD_STRS, .needed = true,
	    .help = "patterns over full references, such as docker.io/library/*"),
	ROW(policy_rule, require, "require", FIELD_STR, .needed = true,
	    .form = &form_require,
	    .help = "digest: in the reference or the lock; signature: by one of keys; reject: never"),
	STRS(policy_rule, keys, "keys",
	     "files with an ECDSA P-256 public key, in PEM"),
	END,
};
const struct schema policy_rule_schema =
	SCHEMA(policy_rule, "a rule", policy_rule_fields);

static const struct field policy_fields[] = {
	LIST(policy, rules, "policy", policy_rule_schema, "the rules"),
	END,
};
static const struct schema policy_schema =
	SCHEMA(policy, "the policy", policy_fields);

void policy_release(struct policy *policy)
{
	yml_document_release(&policy->document);
	*policy = (struct policy){ 0 };
}

enum policy_need policy_needs(const struct policy_rule *rule)
{
	for (size_t i = 0; i < ARRAY_LEN(needs); i++)
		if (strcmp(needs[i].word, rule->require.text) == 0)
			return needs[i].need;
	return POLICY_REJECT;
}

static void check_rule(const struct policy_rule *rule,
		       struct yml_report *report)
{
	bool by_key =
		rule->require.at && policy_needs(rule) == POLICY_SIGNATURE;

	if (rule->images.count == 0)
		yml_report_add(report, rule->at, "a rule needs images");
	if (!rule->require.at)
		yml_report_add(report, rule->at, "a rule needs require");
	if (by_key && rule->keys.count == 0)
		yml_report_add(report, rule->at,
			       "a rule that requires a signature needs keys");
	if (!by_key && rule->keys.at)
		yml_report_add(report, rule->keys.at,
			       "keys without require: signature");
}

void policy_check(const struct val_list *rules, struct yml_report *report)
{
	const struct policy_rule *rule = rules->items;

	for (size_t i = 0; i < rules->count; i++)
		check_rule(&rule[i], report);
}

int policy_decode(struct policy *policy, const char *path,
		  const struct buf *text, struct err *err)
{
	struct yml_document *document = &policy->document;
	SCOPED(yml_report) report = { 0 };

	if (yml_parse(document, path, buf_text(text), text->size, err) < 0)
		return -1;
	if (!document->root)
		return err_set(err, FAULT_INPUT, "%s: the policy is empty",
			       path);
	decode_struct(&policy_schema, document->root, &document->arena, policy,
		      &report);
	if (yml_report_end(&report, err) < 0)
		return -1;
	policy_check(&policy->rules, &report);
	return yml_report_end(&report, err);
}

const struct policy_rule *policy_find(const struct val_list *rules,
				      const char *name)
{
	const struct policy_rule *rule = rules->items;

	for (size_t i = 0; i < rules->count; i++)
		for (size_t j = 0; j < rule[i].images.count; j++)
			if (path_matches(rule[i].images.items[j], name))
				return &rule[i];
	return NULL;
}
