/* SPDX-License-Identifier: Apache-2.0 */
/* Help, manual pages and shell completion, printed from the verb table. */
#pragma once

#include "cmd/kitbuild/verb.h"

/* Each prints to standard output. `verbs` ends in NULL. */
void describe_program(const struct verb *const *verbs,
		      const struct opt *global);
void describe_verb(const struct verb *verb, const struct opt *global);

/*
 * "man" (the manual page in man(7)) and "completion bash": false when the words
 * are neither.
 */
bool describe_extra(const struct verb *const *verbs, const struct opt *global,
		    const struct strv *words);
