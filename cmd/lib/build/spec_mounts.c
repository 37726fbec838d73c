/* SPDX-License-Identifier: Apache-2.0 */
/* The mounts of config.json: defaults, tmpfs, binds, mounts; by destination. */
#include "cmd/lib/build/internal.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/strv.h"

struct spec_mount {
	char *destination, *type, *source; /* owned */
	struct strv options;
};

struct mount_table {
	struct spec_mount *mounts;
	size_t count, capacity;
};

static const struct {
	const char *destination, *type, *options;
	bool read_only_too;
} default_mounts[] = {
	{ "/dev", "tmpfs", "nosuid,strictatime,mode=755,size=65536k", true },
	{ "/dev/pts", "devpts",
	  "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620", false },
	{ "/proc", "proc", "nosuid,nodev,noexec,relatime", false },
	{ "/sys", "sysfs", "nosuid,noexec,nodev", true },
	{ "/sys/fs/cgroup", "cgroup", "nosuid,noexec,nodev,relatime,ro",
	  false },
};

/* The sources that say what type a mount is, and where it goes. */
static const struct {
	const char *type, *destination;
} known_types[] = {
	{ "proc", "/proc" },         { "devpts", "/dev/pts" },
	{ "sysfs", "/sys" },         { "cgroup", "/sys/fs/cgroup" },
	{ "mqueue", "/dev/mqueue" },
};

static void mount_release(struct spec_mount *mount)
{
	free(mount->destination);
	free(mount->type);
	free(mount->source);
	strv_release(&mount->options);
}

static void mount_table_release(struct mount_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		mount_release(&table->mounts[i]);
	free(table->mounts);
}

/* The slot for a destination: its old mount is replaced. */
static struct spec_mount *place(struct mount_table *table,
				const char *destination, const char *type,
				const char *source)
{
	struct spec_mount *mount = NULL;

	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->mounts[i].destination, destination) == 0)
			mount = &table->mounts[i];
	if (mount) {
		mount_release(mount);
	} else {
		table->mounts = xgrow(table->mounts, table->count,
				      &table->capacity, sizeof(*mount));
		mount = &table->mounts[table->count++];
	}
	*mount = (struct spec_mount){
		.destination = xstrdup(destination),
		.type = xstrdup(type),
		.source = xstrdup(source),
	};
	return mount;
}

/* What a hardened container may write to although its root is read-only. */
static const struct {
	const char *destination, *options;
} scratch_mounts[] = {
	{ "/run", "nosuid,nodev,mode=755,size=65536k" },
	{ "/tmp", "nosuid,nodev,mode=1777,size=65536k" },
	{ "/var/tmp", "nosuid,nodev,mode=1777,size=65536k" },
};

/* Is something mounted there or further up, but for the root? */
static bool is_covered(const struct mount_table *table, const char *path)
{
	for (size_t i = 0; i < table->count; i++) {
		const char *above = table->mounts[i].destination;
		size_t length = strlen(above);

		if (length > 1 && strncmp(above, path, length) == 0 &&
		    (!path[length] || path[length] == '/'))
			return true;
	}
	return false;
}

static void add_scratch(struct mount_table *table)
{
	for (size_t i = 0; i < ARRAY_LEN(scratch_mounts); i++) {
		struct spec_mount *mount;

		if (is_covered(table, scratch_mounts[i].destination))
			continue;
		mount = place(table, scratch_mounts[i].destination, "tmpfs",
			      "tmpfs");
		strv_split(&mount->options, scratch_mounts[i].options, ',');
	}
}

/* /sys is so in every hardened container, /dev with the root. */
static bool is_default_unwritable(const struct entry *entry, size_t index)
{
	bool is_sys = strcmp(default_mounts[index].destination, "/sys") == 0;

	return default_mounts[index].read_only_too &&
	       (entry->readonly.value || (is_sys && entry_is_hardened(entry)));
}

static void add_defaults(struct mount_table *table, const struct entry *entry)
{
	for (size_t i = 0; i < ARRAY_LEN(default_mounts); i++) {
		struct spec_mount *mount =
			place(table, default_mounts[i].destination,
			      default_mounts[i].type, default_mounts[i].type);

		strv_split(&mount->options, default_mounts[i].options, ',');
		if (is_default_unwritable(entry, i))
			strv_add(&mount->options, "ro");
	}
}

static int add_tmpfs(struct mount_table *table, const char *text,
		     const struct yml_node *at, struct err *err)
{
	SCOPED(strv) parts = { 0 };
	struct spec_mount *mount;

	strv_split(&parts, text, ':');
	if (parts.count == 0 || parts.count > 2)
		return yml_fail(at, err,
				"'%s' is no tmpfs: destination[:options]",
				text);
	mount = place(table, parts.items[0], "tmpfs", "tmpfs");
	if (parts.count == 2 && !*parts.items[1])
		strv_add(&mount->options, "");
	else if (parts.count == 2)
		strv_split(&mount->options, parts.items[1], ',');
	return 0;
}

static int add_bind(struct mount_table *table, const char *text,
		    const struct yml_node *at, struct err *err)
{
	SCOPED(strv) parts = { 0 };
	struct spec_mount *mount;

	strv_split(&parts, text, ':');
	if (parts.count < 2 || parts.count > 3 || !*parts.items[0] ||
	    !*parts.items[1])
		return yml_fail(at, err,
				"'%s' is no bind: source:destination[:options]",
				text);
	mount = place(table, parts.items[1], "bind", parts.items[0]);
	if (parts.count == 2)
		strv_split(&mount->options, "rw,rbind,rshared", ',');
	if (parts.count == 3) {
		strv_split(&mount->options, parts.items[2], ',');
		strv_add(&mount->options, "rbind");
	}
	return 0;
}

static const char *default_destination(const char *type)
{
	for (size_t i = 0; i < ARRAY_LEN(known_types); i++)
		if (strcmp(known_types[i].type, type) == 0)
			return known_types[i].destination;
	return NULL;
}

static int add_mount(struct mount_table *table, const struct mount *mount,
		     struct err *err)
{
	const char *destination = val_text(&mount->destination, NULL);
	const char *type = val_text(&mount->type, NULL);
	const char *source = val_text(&mount->source, NULL);
	struct spec_mount *row;

	if (!type && source && default_destination(source))
		type = source;
	if (!type && destination && strcmp(destination, "/dev") == 0)
		type = "tmpfs";
	if (!type)
		return yml_fail(mount->at, err, "the mount for %s has no type",
				destination ? destination : "?");
	if (!destination)
		destination = default_destination(type);
	if (!destination)
		return yml_fail(mount->at, err,
				"the mount of type %s has no destination",
				type);
	row = place(table, destination, type, source ? source : type);
	for (size_t i = 0; i < mount->options.count; i++)
		strv_add(&row->options, mount->options.items[i]);
	return 0;
}

static int by_destination(const void *a, const void *b)
{
	const struct spec_mount *left = a;
	const struct spec_mount *right = b;

	return strcmp(left->destination, right->destination);
}

static json_t *table_json(struct mount_table *table)
{
	json_t *list = json_array();

	/* Parents come before what is mounted on them. */
	qsort(table->mounts, table->count, sizeof(*table->mounts),
	      by_destination);
	for (size_t i = 0; i < table->count; i++) {
		const struct spec_mount *mount = &table->mounts[i];
		json_t *object = json_object();
		json_t *options = json_array();

		json_object_set_new(object, "destination",
				    json_string(mount->destination));
		json_object_set_new(object, "type", json_string(mount->type));
		json_object_set_new(object, "source",
				    json_string(mount->source));
		for (size_t j = 0; j < mount->options.count; j++)
			json_array_append_new(
				options, json_string(mount->options.items[j]));
		spec_set_unless_empty(object, "options", options);
		json_array_append_new(list, object);
	}
	return list;
}

int spec_mounts(json_t **mounts, const struct spec_input *input,
		struct err *err)
{
	const struct entry *entry = input->entry;
	const struct mount *items = entry->mounts.items;
	SCOPED(mount_table) table = { 0 };

	add_defaults(&table, entry);
	for (size_t i = 0; i < entry->tmpfs.count; i++)
		if (add_tmpfs(&table, entry->tmpfs.items[i],
			      entry->tmpfs.at->items[i], err) < 0)
			return -1;
	for (size_t i = 0; i < entry->binds.count; i++)
		if (add_bind(&table, entry->binds.items[i],
			     entry->binds.at->items[i], err) < 0)
			return -1;
	for (size_t i = 0; i < entry->mounts.count; i++)
		if (add_mount(&table, &items[i], err) < 0)
			return -1;
	if (entry->readonly.value && !entry_root_is_bound(entry))
		add_scratch(&table);
	*mounts = table_json(&table);
	return 0;
}
