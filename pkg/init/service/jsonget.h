/* SPDX-License-Identifier: Apache-2.0 */
/* Members of JSON objects, with what is wrong with them in a sentence. Pure. */
#pragma once

#include <stddef.h>

#include "pkg/init/service/err.h"

struct json_t;

/* Strings are borrowed from the JSON document. */
struct json_list {
	const char **item; /* owned array */
	size_t count;
};

void json_list_release(struct json_list *list);

/* An absent member, or null, is "". */
MUST_CHECK int json_get_text(const struct json_t *object, const char *key,
			     const char **value, struct err *err);

/* An absent member, or null, is NULL. */
MUST_CHECK int json_get_array(const struct json_t *object, const char *key,
			      const struct json_t **array, struct err *err);
MUST_CHECK int json_get_object(const struct json_t *object, const char *key,
			       const struct json_t **value, struct err *err);

/* An absent member, or null, is an empty list. */
MUST_CHECK int json_get_list(const struct json_t *object, const char *key,
			     struct json_list *list, struct err *err);

/* What an integer may be; absent is otherwise. */
struct json_range {
	long long min;
	long long max;
	long long otherwise;
};

MUST_CHECK int json_get_int(const struct json_t *object, const char *key,
			    const struct json_range *range, long long *value,
			    struct err *err);

/* Fails for a member that keys, which ends in NULL, does not name. */
MUST_CHECK int json_only(const struct json_t *object, const char *const *keys,
			 struct err *err);
