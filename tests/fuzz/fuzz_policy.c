/* SPDX-License-Identifier: Apache-2.0 */
/* A policy file. */
/* links: lib */
#include <stdlib.h>

#include "yml/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(policy) policy = { 0 };
	const struct policy_rule *rule;
	SCOPED(buf) text = { 0 };
	SCOPED(err) err = { 0 };

	buf_add(&text, data, size);
	if (policy_decode(&policy, "fuzz", &text, &err) < 0)
		return 0;
	rule = policy_find(&policy.rules, "docker.io/library/redis:7");
	if (rule && policy_needs(rule) == POLICY_SIGNATURE && !rule->keys.count)
		abort();
	return 0;
}
