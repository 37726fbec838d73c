/* SPDX-License-Identifier: Apache-2.0 */
/* The policy of a build. */
#include "cmd/lib/build/trust.h"

#include <string.h>

#include "cmd/lib/build/files.h"
#include "cmd/lib/oci/signature.h"
#include "yml/policy.h"

static int refuse(const struct planned_image *image,
		  const struct policy_rule *rule, const char *why,
		  struct err *err)
{
	const struct yml_node *at = rule->at;

	err_set(err, FAULT_TRUST, "%s %s, says the policy at %s:%u:%u",
		image->name, why, at->file, at->line, at->column);
	return yml_wrap(image->at, err);
}

static int check_name(const struct planned_image *image,
		      const struct policy_rule *rule, struct err *err)
{
	switch (policy_needs(rule)) {
	case POLICY_REJECT:
		return refuse(image, rule, "may not be used", err);
	case POLICY_DIGEST:
		if (!strchr(planned_reference(image), '@'))
			return refuse(image, rule, "needs a digest or a lock",
				      err);
		return 0;
	case POLICY_SIGNATURE:
	case POLICY_NOTHING:
		break;
	}
	return 0;
}

/* Keys are found as the sources of files are. */
static int add_key(struct strv *paths, const struct policy_rule *rule,
		   size_t which, struct err *err)
{
	const struct val_str key = { rule->keys.items[which],
				     rule->keys.at->items[which] };
	SCOPED_FREE char *path = source_path(&key);

	if (!path)
		return yml_fail(key.at, err, "there is no key %s", key.text);
	strv_add(paths, path);
	return 0;
}

static int check_signature(const struct build *build,
			   const struct planned_image *image,
			   const struct policy_rule *rule, struct err *err)
{
	SCOPED(strv) keys = { 0 };
	const struct oci_signature_want want = {
		.name = planned_reference(image),
		.arch = image->unpacked ? build->arch : NULL,
		.keys = &keys,
		.pull = build->pull ? OCI_PULL_ALWAYS : OCI_PULL_IF_MISSING,
	};

	if (policy_needs(rule) != POLICY_SIGNATURE)
		return 0;
	for (size_t i = 0; i < rule->keys.count; i++)
		if (add_key(&keys, rule, i, err) < 0)
			return -1;
	if (oci_signature_check(build->store, build->client, &want, err) < 0)
		return yml_wrap(image->at, err);
	return 0;
}

typedef int (*check_fn)(const struct build *build,
			const struct planned_image *image,
			const struct policy_rule *rule, struct err *err);

/* Each set of rules has to agree. */
static int check_all(const struct build *build, check_fn check, struct err *err)
{
	const struct val_list *const sets[] = { &build->manifest->policy,
						build->policy };

	for (size_t i = 0; i < build->plan->count; i++) {
		const struct planned_image *image = &build->plan->images[i];

		for (size_t s = 0; s < ARRAY_LEN(sets); s++) {
			const struct policy_rule *rule =
				sets[s] && !image->package
					? policy_find(sets[s], image->name)
					: NULL;

			if (rule && check(build, image, rule, err) < 0)
				return -1;
		}
	}
	return 0;
}

static int check_name_only(const struct build *build,
			   const struct planned_image *image,
			   const struct policy_rule *rule, struct err *err)
{
	(void)build;
	return check_name(image, rule, err);
}

int trust_check_names(const struct build *build, struct err *err)
{
	return check_all(build, check_name_only, err);
}

int trust_check_signatures(const struct build *build, struct err *err)
{
	return check_all(build, check_signature, err);
}
