/* SPDX-License-Identifier: Apache-2.0 */
/* Members of JSON objects, with what is wrong with them in a sentence. */
#include "pkg/init/service/jsonget.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "pkg/init/service/fs.h"

void json_list_release(struct json_list *list)
{
	free(list->item);
	*list = (struct json_list){ 0 };
}

/* NULL if the member is not there. */
static const json_t *member(const json_t *object, const char *key)
{
	const json_t *item = json_object_get(object, key);

	return json_is_null(item) ? NULL : item;
}

int json_get_text(const json_t *object, const char *key, const char **value,
		  struct err *err)
{
	const json_t *item = member(object, key);

	*value = "";
	if (!item)
		return 0;
	if (!json_is_string(item))
		return err_set(err, "'%s' is not a string", key);
	*value = json_string_value(item);
	return 0;
}

int json_get_array(const json_t *object, const char *key, const json_t **array,
		   struct err *err)
{
	const json_t *item = member(object, key);

	*array = NULL;
	if (!item)
		return 0;
	if (!json_is_array(item))
		return err_set(err, "'%s' is not a list", key);
	*array = item;
	return 0;
}

int json_get_object(const json_t *object, const char *key, const json_t **value,
		    struct err *err)
{
	const json_t *item = member(object, key);

	*value = NULL;
	if (!item)
		return 0;
	if (!json_is_object(item))
		return err_set(err, "'%s' is not an object", key);
	*value = item;
	return 0;
}

int json_get_list(const json_t *object, const char *key, struct json_list *list,
		  struct err *err)
{
	const json_t *array;

	*list = (struct json_list){ 0 };
	if (json_get_array(object, key, &array, err) < 0)
		return -1;
	size_t count = json_array_size(array);

	list->item = fs_alloc(count, sizeof(*list->item));
	for (; list->count < count; list->count++) {
		const json_t *item = json_array_get(array, list->count);

		if (!json_is_string(item)) {
			(void)err_set(err, "'%s[%zu]' is not a string", key,
				      list->count);
			json_list_release(list);
			return -1;
		}
		list->item[list->count] = json_string_value(item);
	}
	return 0;
}

int json_get_int(const json_t *object, const char *key,
		 const struct json_range *range, long long *value,
		 struct err *err)
{
	const json_t *item = member(object, key);

	*value = range->otherwise;
	if (!item)
		return 0;
	if (!json_is_integer(item))
		return err_set(err, "'%s' is not an integer", key);
	*value = json_integer_value(item);
	if (*value < range->min || *value > range->max)
		return err_set(err, "'%s' is not from %lld to %lld", key,
			       range->min, range->max);
	return 0;
}

static bool among(const char *word, const char *const *keys)
{
	for (; *keys; keys++)
		if (strcmp(word, *keys) == 0)
			return true;
	return false;
}

int json_only(const json_t *object, const char *const *keys, struct err *err)
{
	/* Iterating does not change it, but its type says it could. */
	const union {
		const json_t *in;
		json_t *out;
	} both = { object };

	for (void *at = json_object_iter(both.out); at;
	     at = json_object_iter_next(both.out, at))
		if (!among(json_object_iter_key(at), keys))
			return err_set(err, "'%s' is unknown here",
				       json_object_iter_key(at));
	return 0;
}
