/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities and limits of a process. */
#include "cmd/lib/build/internal.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/opt.h"
#include "cmd/lib/base/strv.h"

/* capabilities(7), in the kernel's order. */
static const char *const capability_names[] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD",
	"CAP_LEASE",
	"CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL",
	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ",
	"CAP_PERFMON",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
	NULL,
};

static int check_capability(const char *name, const struct yml_node *at,
			    struct err *err)
{
	const char *near;

	for (size_t i = 0; capability_names[i]; i++)
		if (strcmp(capability_names[i], name) == 0)
			return 0;
	near = nearest_word(name, capability_names);
	return yml_fail(at, err, "unknown capability '%s'%s%s%s", name,
			near ? "; is it '" : "", near ? near : "",
			near ? "'?" : "");
}

static int read_capabilities(struct strv *list, const struct val_strs *from,
			     struct err *err)
{
	bool single = from->count == 1;

	if (single && strcasecmp(from->items[0], "none") == 0)
		return 0;
	if (single && strcasecmp(from->items[0], "all") == 0) {
		for (size_t i = 0; capability_names[i]; i++)
			strv_add(list, capability_names[i]);
		return 0;
	}
	for (size_t i = 0; i < from->count; i++) {
		if (check_capability(from->items[i], from->at->items[i], err) <
		    0)
			return -1;
		strv_add(list, from->items[i]);
	}
	return 0;
}

static void set_list(json_t *object, const char *key, const struct strv *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(array, json_string(list->items[i]));
	spec_set_unless_empty(object, key, array);
}

static void add_new(struct strv *list, const struct strv *more)
{
	for (size_t i = 0; i < more->count; i++)
		if (!strv_has(list, more->items[i]))
			strv_add(list, more->items[i]);
}

int spec_capabilities(json_t **capabilities, const struct entry *entry,
		      struct err *err)
{
	SCOPED(strv) caps = { 0 };
	SCOPED(strv) ambient = { 0 };
	SCOPED(strv) bounding = { 0 };
	SCOPED(strv) effective = { 0 };
	SCOPED(strv) inheritable = { 0 };

	if (read_capabilities(&caps, &entry->capabilities, err) < 0 ||
	    read_capabilities(&ambient, &entry->ambient, err) < 0)
		return -1;
	add_new(&effective, &caps);
	strv_add_all(&bounding, &effective);
	add_new(&bounding, &ambient);
	strv_sort(&bounding);
	*capabilities = json_object();
	set_list(*capabilities, "bounding", &bounding);
	set_list(*capabilities, "effective", &effective);
	/* capabilities(7): the ambient set must be within the inheritable. */
	add_new(&inheritable, &ambient);
	strv_sort(&inheritable);
	set_list(*capabilities, "inheritable", &inheritable);
	set_list(*capabilities, "permitted", &bounding);
	set_list(*capabilities, "ambient", &ambient);
	return 0;
}

static const char *const limit_names[] = {
	"CPU",      "FSIZE",  "DATA",    "STACK",  "CORE",  "RSS",
	"NPROC",    "NOFILE", "MEMLOCK", "AS",     "LOCKS", "SIGPENDING",
	"MSGQUEUE", "NICE",   "RTPRIO",  "RTTIME",
};

static char *trimmed(const char *text)
{
	size_t length;

	text += strspn(text, " \t");
	length = strlen(text);
	while (length > 0 && strchr(" \t", text[length - 1]))
		length--;
	return xstrndup(text, length);
}

static int limit_value(const char *text, const struct yml_node *at,
		       json_t **value, struct err *err)
{
	SCOPED_FREE char *word = trimmed(text);
	unsigned long long number;
	char *end = NULL;

	errno = 0;
	number = strtoull(word, &end, 10);
	if (strcasecmp(word, "unlimited") == 0)
		number = UINT64_MAX;
	else if (errno || end == word || *end || *word == '-' ||
		 (number > INT64_MAX && number != UINT64_MAX))
		return yml_fail(
			at, err,
			"'%s' is no limit: a number up to 2^63-1 or unlimited",
			word);
	if (number > INT64_MAX)
		*value = json_real(JSON_U64_MAX);
	else
		*value = json_integer((json_int_t)number);
	return 0;
}

static int limit_type(const char *text, const struct yml_node *at,
		      json_t **type, struct err *err)
{
	SCOPED_FREE char *word = trimmed(text);

	for (char *c = word; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	for (size_t i = 0; i < ARRAY_LEN(limit_names); i++) {
		bool prefixed = strncmp(word, "RLIMIT_", 7) == 0;

		if (strcmp(prefixed ? word + 7 : word, limit_names[i]) != 0)
			continue;
		*type = json_sprintf("RLIMIT_%s", limit_names[i]);
		return 0;
	}
	return yml_fail(at, err, "unknown limit '%s'", word);
}

static int add_rlimit(json_t *list, const char *text, const struct yml_node *at,
		      struct err *err)
{
	SCOPED_JSON json_t *type = NULL;
	SCOPED_JSON json_t *soft = NULL;
	SCOPED_JSON json_t *hard = NULL;
	SCOPED(strv) parts = { 0 };
	json_t *object;

	strv_split(&parts, text, ',');
	if (parts.count != 3)
		return yml_fail(at, err, "'%s' is no limit: name,soft,hard",
				text);
	if (limit_type(parts.items[0], at, &type, err) < 0 ||
	    limit_value(parts.items[1], at, &soft, err) < 0 ||
	    limit_value(parts.items[2], at, &hard, err) < 0)
		return -1;
	object = json_object();
	json_object_set(object, "type", type);
	json_object_set(object, "hard", hard);
	json_object_set(object, "soft", soft);
	json_array_append_new(list, object);
	return 0;
}

int spec_rlimits(json_t **rlimits, const struct val_strs *limits,
		 struct err *err)
{
	SCOPED_JSON json_t *list = json_array();

	for (size_t i = 0; i < limits->count; i++)
		if (add_rlimit(list, limits->items[i], limits->at->items[i],
			       err) < 0)
			return -1;
	*rlimits = json_array_size(list) ? json_incref(list) : NULL;
	return 0;
}
