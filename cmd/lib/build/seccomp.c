/* SPDX-License-Identifier: Apache-2.0 */
/* From a profile with conditions to the filter of one container. */
#include "cmd/lib/build/seccomp.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/opt.h"

/* No message shows more of a profile's text. */
#define SHOWN_MAX 60

static const char *const actions[] = {
	"SCMP_ACT_KILL",         "SCMP_ACT_KILL_THREAD",
	"SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP",
	"SCMP_ACT_ERRNO",        "SCMP_ACT_TRACE",
	"SCMP_ACT_ALLOW",        "SCMP_ACT_LOG",
	"SCMP_ACT_NOTIFY",       NULL,
};
static const char *const operators[] = {
	"SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE",        "SCMP_CMP_EQ",
	"SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ", NULL,
};
static const char *const flags[] = {
	"SECCOMP_FILTER_FLAG_TSYNC",
	"SECCOMP_FILTER_FLAG_LOG",
	"SECCOMP_FILTER_FLAG_SPEC_ALLOW",
	"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
	NULL,
};
static const char *const architectures[] = {
	"SCMP_ARCH_X86",      "SCMP_ARCH_X86_64",      "SCMP_ARCH_X32",
	"SCMP_ARCH_ARM",      "SCMP_ARCH_AARCH64",     "SCMP_ARCH_MIPS",
	"SCMP_ARCH_MIPS64",   "SCMP_ARCH_MIPS64N32",   "SCMP_ARCH_MIPSEL",
	"SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC",
	"SCMP_ARCH_PPC64",    "SCMP_ARCH_PPC64LE",     "SCMP_ARCH_S390",
	"SCMP_ARCH_S390X",    "SCMP_ARCH_PARISC",      "SCMP_ARCH_PARISC64",
	"SCMP_ARCH_RISCV64",  "SCMP_ARCH_LOONGARCH64", NULL,
};

static const char *const profile_keys[] = {
	"defaultAction", "defaultErrnoRet", "defaultErrno", "archMap",
	"architectures", "flags",           "listenerPath", "listenerMetadata",
	"syscalls",      "comment",         NULL,
};
static const char *const map_keys[] = { "architecture", "subArchitectures",
					NULL };
static const char *const rule_keys[] = {
	"names",    "action",   "errnoRet", "errno", "args",
	"includes", "excludes", "comment",  NULL,
};
static const char *const argument_keys[] = { "index", "value", "valueTwo", "op",
					     NULL };
static const char *const condition_keys[] = { "caps", "arches", "minKernel",
					      NULL };

/* Of the guest: the numbers that all its architectures share. */
static const struct {
	const char *name;
	int number;
} errnos[] = {
	{ "EPERM", 1 },         { "ENOENT", 2 },   { "EAGAIN", 11 },
	{ "ENOMEM", 12 },       { "EACCES", 13 },  { "EFAULT", 14 },
	{ "EBUSY", 16 },        { "EEXIST", 17 },  { "ENODEV", 19 },
	{ "EINVAL", 22 },       { "ENOTTY", 25 },  { "EROFS", 30 },
	{ "ENOSYS", 38 },       { "ENOTSUP", 95 }, { "EOPNOTSUPP", 95 },
	{ "EAFNOSUPPORT", 97 },
};

/* What libseccomp calls the architectures of images. */
static const struct {
	const char *arch, *native;
} natives[] = {
	{ "amd64", "SCMP_ARCH_X86_64" },
	{ "arm64", "SCMP_ARCH_AARCH64" },
	{ "riscv64", "SCMP_ARCH_RISCV64" },
};

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(*words, text) == 0)
			return true;
	return false;
}

static bool list_has(const json_t *list, const char *text)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcmp(json_string_value(json_array_get(list, i)), text) ==
		    0)
			return true;
	return false;
}

static bool is_absent(const json_t *value)
{
	return !value || json_is_null(value);
}

static int check_keys(const json_t *object, const char *what,
		      const char *const *keys, struct err *err)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return err_set(err, FAULT_INPUT, "%s is no object", what);
	json_object_foreach((json_t *)(uintptr_t)object, key, value) if (
		!is_one_of(
			key,
			keys)) return err_set(err, FAULT_INPUT,
					      "%s has an unknown member '%.*s'",
					      what, SHOWN_MAX, key);
	return 0;
}

/* A member that is a list of texts, each one of `words` unless that is NULL. */
static int check_texts(const json_t *list, const char *key,
		       const char *const *words, struct err *err)
{
	if (is_absent(list))
		return 0;
	if (!json_is_array(list))
		return err_set(err, FAULT_INPUT, "%s is no list", key);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (!text || !*text)
			return err_set(err, FAULT_INPUT, "%s[%zu] is no name",
				       key, i);
		if (words && !is_one_of(text, words))
			return err_set(err, FAULT_INPUT,
				       "%s[%zu]: '%.*s' is unknown", key, i,
				       SHOWN_MAX, text);
	}
	return 0;
}

/* Takes the word over when it is known; it may not lack. */
static int copy_word(json_t *to, const json_t *from, const char *key,
		     const char *const *words, struct err *err)
{
	const char *text = json_text(from, key);

	if (!text)
		return err_set(err, FAULT_INPUT, "%s is needed", key);
	if (!is_one_of(text, words))
		return err_set(err, FAULT_INPUT, "%s: '%.*s' is unknown", key,
			       SHOWN_MAX, text);
	json_object_set_new(to, key, json_string(text));
	return 0;
}

static int copy_number(json_t *to, const json_t *from, const char *key,
		       json_int_t most, struct err *err)
{
	const json_t *number = json_object_get(from, key);
	json_int_t value = json_integer_value(number);

	if (!json_is_integer(number) || value < 0 || value > most)
		return err_set(err, FAULT_INPUT,
			       "%s is no number from 0 to %lld", key,
			       (long long)most);
	json_object_set_new(to, key, json_integer(value));
	return 0;
}

/* The name of an error wins over its number, as with podman. */
static int copy_errno(json_t *to, const json_t *from, const char *number_key,
		      const char *name_key, struct err *err)
{
	const json_t *name = json_object_get(from, name_key);
	const char *text = json_string_value(name);

	if (!is_absent(name) && (!text || *text)) {
		for (size_t i = 0; text && i < ARRAY_LEN(errnos); i++)
			if (strcmp(errnos[i].name, text) == 0) {
				json_object_set_new(
					to, number_key,
					json_integer(errnos[i].number));
				return 0;
			}
		return err_set(err, FAULT_INPUT,
			       "%s: '%.*s' is unknown; give %s", name_key,
			       SHOWN_MAX, text ? text : "?", number_key);
	}
	if (is_absent(json_object_get(from, number_key)))
		return 0;
	return copy_number(to, from, number_key, 4095, err);
}

static int copy_argument(json_t *list, const json_t *argument, struct err *err)
{
	json_t *copy = json_object();

	json_array_append_new(list, copy);
	if (check_keys(argument, "an argument", argument_keys, err) < 0 ||
	    copy_number(copy, argument, "index", 5, err) < 0 ||
	    copy_number(copy, argument, "value", INT64_MAX, err) < 0)
		return -1;
	if (!is_absent(json_object_get(argument, "valueTwo")) &&
	    copy_number(copy, argument, "valueTwo", INT64_MAX, err) < 0)
		return -1;
	if (json_integer_value(json_object_get(copy, "valueTwo")) == 0)
		json_object_del(copy, "valueTwo");
	return copy_word(copy, argument, "op", operators, err);
}

static int copy_arguments(json_t *to, const json_t *rule, struct err *err)
{
	const json_t *args = json_object_get(rule, "args");
	SCOPED_JSON json_t *copies = json_array();

	if (!is_absent(args) && !json_is_array(args))
		return err_set(err, FAULT_INPUT, "args is no list");
	for (size_t i = 0; i < json_array_size(args); i++)
		if (copy_argument(copies, json_array_get(args, i), err) < 0)
			return err_wrap(err, "args[%zu]", i);
	if (json_array_size(copies))
		json_object_set(to, "args", copies);
	return 0;
}

static int check_condition(const json_t *rule, const char *key, struct err *err)
{
	const json_t *condition = json_object_get(rule, key);

	if (is_absent(condition))
		return 0;
	if (check_keys(condition, key, condition_keys, err) < 0)
		return -1;
	if (check_texts(json_object_get(condition, "caps"), "caps", NULL, err) <
		    0 ||
	    check_texts(json_object_get(condition, "arches"), "arches", NULL,
			err) < 0)
		return err_wrap(err, "%s", key);
	return 0;
}

/* All capabilities of `includes`, and the architecture is among them. */
static bool is_included(const json_t *includes,
			const struct seccomp_target *target)
{
	const json_t *caps = json_object_get(includes, "caps");
	const json_t *arches = json_object_get(includes, "arches");

	for (size_t i = 0; i < json_array_size(caps); i++)
		if (!list_has(target->capabilities,
			      json_string_value(json_array_get(caps, i))))
			return false;
	return json_array_size(arches) == 0 || list_has(arches, target->arch);
}

/* Any one suffices. */
static bool is_excluded(const json_t *excludes,
			const struct seccomp_target *target)
{
	const json_t *caps = json_object_get(excludes, "caps");

	for (size_t i = 0; i < json_array_size(caps); i++)
		if (list_has(target->capabilities,
			     json_string_value(json_array_get(caps, i))))
			return true;
	return list_has(json_object_get(excludes, "arches"), target->arch) ||
	       !is_absent(json_object_get(excludes, "minKernel"));
}

static int compile_rule(json_t *list, const json_t *rule,
			const struct seccomp_target *target, struct err *err)
{
	json_t *names = json_object_get(rule, "names");
	SCOPED_JSON json_t *copy = json_object();

	if (check_keys(rule, "a rule", rule_keys, err) < 0 ||
	    check_texts(names, "names", NULL, err) < 0)
		return -1;
	if (json_array_size(names) == 0)
		return err_set(err, FAULT_INPUT, "names is needed");
	json_object_set(copy, "names", names);
	if (copy_word(copy, rule, "action", actions, err) < 0 ||
	    copy_errno(copy, rule, "errnoRet", "errno", err) < 0 ||
	    copy_arguments(copy, rule, err) < 0 ||
	    check_condition(rule, "includes", err) < 0 ||
	    check_condition(rule, "excludes", err) < 0)
		return -1;
	if (is_included(json_object_get(rule, "includes"), target) &&
	    !is_excluded(json_object_get(rule, "excludes"), target))
		json_array_append(list, copy);
	return 0;
}

static int compile_rules(json_t *seccomp, const json_t *profile,
			 const struct seccomp_target *target, struct err *err)
{
	const json_t *rules = json_object_get(profile, "syscalls");
	SCOPED_JSON json_t *list = json_array();

	if (!is_absent(rules) && !json_is_array(rules))
		return err_set(err, FAULT_INPUT, "syscalls is no list");
	for (size_t i = 0; i < json_array_size(rules); i++)
		if (compile_rule(list, json_array_get(rules, i), target, err) <
		    0)
			return err_wrap(err, "syscalls[%zu]", i);
	if (json_array_size(list))
		json_object_set(seccomp, "syscalls", list);
	return 0;
}

static const char *native_of(const char *arch)
{
	for (size_t i = 0; i < ARRAY_LEN(natives); i++)
		if (strcmp(natives[i].arch, arch) == 0)
			return natives[i].native;
	return "";
}

/* One row of archMap; its architectures when it is the target's. */
static int map_row(json_t *seccomp, const json_t *row, const char *native,
		   struct err *err)
{
	const json_t *more = json_object_get(row, "subArchitectures");
	const char *name = json_text(row, "architecture");
	json_t *list;

	if (check_keys(row, "a row", map_keys, err) < 0 ||
	    check_texts(more, "subArchitectures", architectures, err) < 0)
		return -1;
	if (!name || !is_one_of(name, architectures))
		return err_set(err, FAULT_INPUT,
			       "architecture: '%.*s' is unknown", SHOWN_MAX,
			       name ? name : "?");
	if (strcmp(name, native) != 0)
		return 0;
	list = json_pack("[s]", name);
	for (size_t i = 0; i < json_array_size(more); i++)
		json_array_append(list, json_array_get(more, i));
	json_object_set_new(seccomp, "architectures", list);
	return 0;
}

/* Where no row is the target's, the runtime takes the native one alone. */
static int compile_architectures(json_t *seccomp, const json_t *profile,
				 const char *arch, struct err *err)
{
	const json_t *map = json_object_get(profile, "archMap");
	json_t *list = json_object_get(profile, "architectures");

	if (check_texts(list, "architectures", architectures, err) < 0)
		return -1;
	if (!is_absent(map) && !json_is_array(map))
		return err_set(err, FAULT_INPUT, "archMap is no list");
	if (json_array_size(map) && json_array_size(list))
		return err_set(
			err, FAULT_INPUT,
			"archMap and architectures cannot be there together");
	if (json_array_size(list))
		json_object_set(seccomp, "architectures", list);
	for (size_t i = 0; i < json_array_size(map); i++)
		if (map_row(seccomp, json_array_get(map, i), native_of(arch),
			    err) < 0)
			return err_wrap(err, "archMap[%zu]", i);
	return 0;
}

/* What only a plain linux.seccomp has. */
static int copy_rest(json_t *seccomp, const json_t *profile, struct err *err)
{
	static const char *const texts[] = { "listenerPath",
					     "listenerMetadata" };
	json_t *list = json_object_get(profile, "flags");

	if (check_texts(list, "flags", flags, err) < 0)
		return -1;
	if (json_array_size(list))
		json_object_set(seccomp, "flags", list);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		json_t *text = json_object_get(profile, texts[i]);

		if (!is_absent(text) && !json_is_string(text))
			return err_set(err, FAULT_INPUT, "%s is no text",
				       texts[i]);
		if (json_string_length(text))
			json_object_set(seccomp, texts[i], text);
	}
	return 0;
}

int seccomp_compile(json_t **seccomp, const json_t *profile,
		    const struct seccomp_target *target, struct err *err)
{
	SCOPED_JSON json_t *object = json_object();

	if (check_keys(profile, "the profile", profile_keys, err) < 0 ||
	    copy_word(object, profile, "defaultAction", actions, err) < 0 ||
	    copy_errno(object, profile, "defaultErrnoRet", "defaultErrno",
		       err) < 0 ||
	    compile_architectures(object, profile, target->arch, err) < 0 ||
	    copy_rest(object, profile, err) < 0 ||
	    compile_rules(object, profile, target, err) < 0)
		return -1;
	*seccomp = json_incref(object);
	return 0;
}
