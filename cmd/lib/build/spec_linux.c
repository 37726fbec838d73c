/* SPDX-License-Identifier: Apache-2.0 */
/* Devices, resources, namespaces and id mappings of config.json. */
#include "cmd/lib/build/internal.h"

#include <string.h>

json_t *spec_strings(const struct val_strs *strings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < strings->count; i++)
		json_array_append_new(list, json_string(strings->items[i]));
	return list;
}

void spec_set_strings(json_t *object, const char *key,
		      const struct val_strs *strings)
{
	if (strings->count)
		json_object_set_new(object, key, spec_strings(strings));
}

void spec_set_text(json_t *object, const char *key, const struct val_str *text)
{
	if (val_text(text, NULL))
		json_object_set_new(object, key, json_string(text->text));
}

void spec_set_text_always(json_t *object, const char *key,
			  const struct val_str *text)
{
	json_object_set_new(object, key, json_string(val_text(text, "")));
}

void spec_set_int(json_t *object, const char *key, const struct val_int *value)
{
	if (value->at)
		json_object_set_new(object, key, json_integer(value->value));
}

void spec_set_unless_empty(json_t *object, const char *key, json_t *value)
{
	if (json_object_size(value) || json_array_size(value))
		json_object_set(object, key, value);
	json_decref(value);
}

void spec_set_map(json_t *object, const char *key, const struct val_map *map)
{
	SCOPED(strv) keys = { 0 };
	json_t *sorted;

	if (map->count == 0)
		return;
	for (size_t i = 0; i < map->count; i++)
		strv_add(&keys, map->keys[i]);
	strv_sort(&keys);
	sorted = json_object();
	for (size_t i = 0; i < keys.count; i++)
		json_object_set_new(
			sorted, keys.items[i],
			json_string(yml_get(map->at, keys.items[i])->text));
	json_object_set_new(object, key, sorted);
}

static json_t *device_rules(const struct val_list *rules)
{
	const struct device_rule *rule = rules->items;
	json_t *list = json_array();

	for (size_t i = 0; i < rules->count; i++, rule++) {
		json_t *object = json_object();

		json_object_set_new(object, "allow",
				    json_boolean(rule->allow.value));
		spec_set_text(object, "type", &rule->type);
		spec_set_int(object, "major", &rule->major);
		spec_set_int(object, "minor", &rule->minor);
		spec_set_text(object, "access", &rule->access);
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *memory_json(const struct memory_limits *memory)
{
	json_t *object = json_object();

	spec_set_int(object, "limit", &memory->limit);
	spec_set_int(object, "reservation", &memory->reservation);
	spec_set_int(object, "swap", &memory->swap);
	spec_set_int(object, "kernel", &memory->kernel);
	spec_set_int(object, "kernelTCP", &memory->kernel_tcp);
	spec_set_int(object, "swappiness", &memory->swappiness);
	if (memory->disable_oom_killer.at)
		json_object_set_new(
			object, "disableOOMKiller",
			json_boolean(memory->disable_oom_killer.value));
	if (memory->check_before_update.at)
		json_object_set_new(
			object, "checkBeforeUpdate",
			json_boolean(memory->check_before_update.value));
	return object;
}

static json_t *cpu_json(const struct cpu_limits *cpu)
{
	json_t *object = json_object();

	spec_set_int(object, "shares", &cpu->shares);
	spec_set_int(object, "quota", &cpu->quota);
	spec_set_int(object, "burst", &cpu->burst);
	spec_set_int(object, "period", &cpu->period);
	spec_set_int(object, "realtimeRuntime", &cpu->realtime_runtime);
	spec_set_int(object, "realtimePeriod", &cpu->realtime_period);
	spec_set_text(object, "cpus", &cpu->cpus);
	spec_set_text(object, "mems", &cpu->mems);
	spec_set_int(object, "idle", &cpu->idle);
	return object;
}

static json_t *throttle_json(const struct val_list *devices)
{
	const struct throttle_device *device = devices->items;
	json_t *list = json_array();

	for (size_t i = 0; i < devices->count; i++, device++) {
		json_t *object = json_object();

		json_object_set_new(object, "major",
				    json_integer(device->major.value));
		json_object_set_new(object, "minor",
				    json_integer(device->minor.value));
		json_object_set_new(object, "rate",
				    json_integer(device->rate.value));
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *weight_json(const struct val_list *devices)
{
	const struct weight_device *device = devices->items;
	json_t *list = json_array();

	for (size_t i = 0; i < devices->count; i++, device++) {
		json_t *object = json_object();

		json_object_set_new(object, "major",
				    json_integer(device->major.value));
		json_object_set_new(object, "minor",
				    json_integer(device->minor.value));
		spec_set_int(object, "weight", &device->weight);
		spec_set_int(object, "leafWeight", &device->leaf_weight);
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *block_io_json(const struct block_io_limits *io)
{
	json_t *object = json_object();

	spec_set_int(object, "weight", &io->weight);
	spec_set_int(object, "leafWeight", &io->leaf_weight);
	spec_set_unless_empty(object, "weightDevice",
			      weight_json(&io->weight_device));
	spec_set_unless_empty(object, "throttleReadBpsDevice",
			      throttle_json(&io->read_bps));
	spec_set_unless_empty(object, "throttleWriteBpsDevice",
			      throttle_json(&io->write_bps));
	spec_set_unless_empty(object, "throttleReadIOPSDevice",
			      throttle_json(&io->read_iops));
	spec_set_unless_empty(object, "throttleWriteIOPSDevice",
			      throttle_json(&io->write_iops));
	return object;
}

static json_t *hugepages_json(const struct val_list *limits)
{
	const struct hugepage_limit *limit = limits->items;
	json_t *list = json_array();

	for (size_t i = 0; i < limits->count; i++, limit++) {
		json_t *object = json_object();

		spec_set_text(object, "pageSize", &limit->page_size);
		json_object_set_new(object, "limit",
				    json_integer(limit->limit.value));
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *network_json(const struct network_limits *network)
{
	const struct network_priority *priority = network->priorities.items;
	json_t *object = json_object();
	json_t *list = json_array();

	spec_set_int(object, "classID", &network->class_id);
	for (size_t i = 0; i < network->priorities.count; i++, priority++) {
		json_t *item = json_object();

		spec_set_text_always(item, "name", &priority->name);
		json_object_set_new(item, "priority",
				    json_integer(priority->priority.value));
		json_array_append_new(list, item);
	}
	spec_set_unless_empty(object, "priorities", list);
	return object;
}

/* By the devices' names, sorted as Go writes a map. */
static json_t *rdma_json(const struct val_list *limits)
{
	const struct rdma_limit *limit = limits->items;
	json_t *object = json_object();
	SCOPED(strv) names = { 0 };

	for (size_t i = 0; i < limits->count; i++)
		strv_add(&names, limit[i].device.text);
	strv_sort(&names);
	for (size_t i = 0; i < names.count; i++)
		json_object_set_new(object, names.items[i], json_object());
	for (size_t i = 0; i < limits->count; i++) {
		json_t *item = json_object_get(object, limit[i].device.text);

		spec_set_int(item, "hcaHandles", &limit[i].handles);
		spec_set_int(item, "hcaObjects", &limit[i].objects);
	}
	return object;
}

/* What is stated is written, even with nothing in it. */
static void set_if(json_t *object, const char *key, const struct yml_node *at,
		   json_t *value)
{
	if (at)
		json_object_set(object, key, value);
	json_decref(value);
}

static json_t *resources_json(const struct resources *resources,
			      json_t *device_rule_list)
{
	json_t *object = json_object();

	spec_set_unless_empty(object, "devices", device_rule_list);
	set_if(object, "memory", resources->memory.at,
	       memory_json(&resources->memory));
	set_if(object, "cpu", resources->cpu.at, cpu_json(&resources->cpu));
	if (resources->pids.at)
		json_object_set_new(
			object, "pids",
			json_pack("{s:I}", "limit",
				  (json_int_t)resources->pids.limit.value));
	set_if(object, "blockIO", resources->block_io.at,
	       block_io_json(&resources->block_io));
	spec_set_unless_empty(object, "hugepageLimits",
			      hugepages_json(&resources->hugepage_limits));
	set_if(object, "network", resources->network.at,
	       network_json(&resources->network));
	spec_set_unless_empty(object, "rdma", rdma_json(&resources->rdma));
	spec_set_map(object, "unified", &resources->unified);
	return object;
}

static int device_mode(const struct device *device, json_int_t *mode,
		       struct err *err)
{
	char *end = NULL;
	long value;

	if (!device->mode.at)
		return yml_fail(device->at, err, "the device %s needs a mode",
				device->path.at ? device->path.text : "?");
	value = strtol(device->mode.text, &end, 8);
	if (end == device->mode.text || *end || value < 0 || value > 07777)
		return yml_fail(device->mode.at, err,
				"'%s' is not an octal mode up to 7777",
				device->mode.text);
	*mode = value;
	return 0;
}

static json_t *device_rule(const struct device *device, bool all)
{
	json_t *object = json_object();

	json_object_set_new(object, "allow", json_true());
	spec_set_text(object, "type", &device->type);
	if (!all) {
		json_object_set_new(object, "major",
				    json_integer(device->major.value));
		json_object_set_new(object, "minor",
				    json_integer(device->minor.value));
	}
	json_object_set_new(object, "access", json_string("rwm"));
	return object;
}

static int add_device(const struct device *device, json_t *nodes, json_t *rules,
		      struct err *err)
{
	bool all = device->path.at && strcmp(device->path.text, "all") == 0;
	json_int_t mode = 0;
	json_t *node;

	json_array_append_new(rules, device_rule(device, all));
	if (all)
		return 0;
	if (!device->path.at)
		return yml_fail(device->at, err, "a device needs a path");
	if (device_mode(device, &mode, err) < 0)
		return -1;
	node = json_object();
	spec_set_text(node, "path", &device->path);
	spec_set_text_always(node, "type", &device->type);
	json_object_set_new(node, "major", json_integer(device->major.value));
	json_object_set_new(node, "minor", json_integer(device->minor.value));
	json_object_set_new(node, "fileMode", json_integer(mode));
	json_array_append_new(nodes, node);
	return 0;
}

int spec_devices(json_t **devices, json_t **resources,
		 const struct entry *entry, struct err *err)
{
	const struct device *device = entry->devices.items;
	SCOPED_JSON json_t *nodes = json_array();
	SCOPED_JSON json_t *rules = device_rules(&entry->resources.devices);

	for (size_t i = 0; i < entry->devices.count; i++)
		if (add_device(&device[i], nodes, rules, err) < 0)
			return -1;
	*devices = json_array_size(nodes) ? json_incref(nodes) : NULL;
	*resources = resources_json(&entry->resources, json_incref(rules));
	return 0;
}

json_t *spec_id_mappings(const struct val_list *mappings)
{
	const struct id_mapping *mapping = mappings->items;
	json_t *list = json_array();

	for (size_t i = 0; i < mappings->count; i++, mapping++) {
		json_t *object = json_object();

		json_object_set_new(object, "containerID",
				    json_integer(mapping->container_id.value));
		json_object_set_new(object, "hostID",
				    json_integer(mapping->host_id.value));
		json_object_set_new(object, "size",
				    json_integer(mapping->size.value));
		json_array_append_new(list, object);
	}
	return list;
}

/* "" stands for the default: PID is new, the others are the host's. */
static void add_namespace(json_t *list, const char *type,
			  const struct val_str *value, bool is_new_by_default)
{
	const char *text = value->at ? value->text : "";
	bool is_net = strcmp(type, "network") == 0;
	json_t *object;

	if (strcmp(text, "host") == 0 || strcmp(text, "root") == 0 ||
	    (!*text && !is_new_by_default))
		return;
	object = json_object();
	json_object_set_new(object, "type", json_string(type));
	if (*text && strcmp(text, "new") != 0 &&
	    !(is_net && strcmp(text, "none") == 0))
		json_object_set_new(object, "path", json_string(text));
	json_array_append_new(list, object);
}

json_t *spec_namespaces(const struct entry *entry)
{
	static const struct val_str is_new = { .text = "" };
	json_t *list = json_array();

	add_namespace(list, "network", &entry->net, false);
	add_namespace(list, "ipc", &entry->ipc, false);
	add_namespace(list, "uts", &entry->uts, false);
	add_namespace(list, "pid", &entry->pid, true);
	add_namespace(list, "user", &entry->userns, false);
	add_namespace(list, "mount", &is_new, true);
	return list;
}
