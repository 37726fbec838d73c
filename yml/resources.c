/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of `resources`: LinuxKit's keys, then those of cgroups version 2.
 */
#include "yml/internal.h"
#include "yml/manifest.h"
#include "yml/rows.h"

static const struct field device_rule_fields[] = {
	BOOL(device_rule, allow, "allow", "allow or deny"),
	STR(device_rule, type, "type", "a, b or c"),
	INT(device_rule, major, "major", "major number"),
	INT(device_rule, minor, "minor", "minor number"),
	STR(device_rule, access, "access", "any of r, w, m"),
	END,
};
static const struct schema device_rule_schema =
	SCHEMA(device_rule, "a device rule", device_rule_fields);

static const struct field memory_fields[] = {
	INT(memory_limits, limit, "limit", "bytes"),
	INT(memory_limits, reservation, "reservation", "soft limit, bytes"),
	INT(memory_limits, swap, "swap", "memory and swap, bytes"),
	INT(memory_limits, kernel, "kernel", "kernel memory, bytes"),
	INT(memory_limits, kernel_tcp, "kernelTCP", "TCP buffers, bytes"),
	INT_IN(memory_limits, swappiness, "swappiness", 0, INT64_MAX,
	       "0 to 100"),
	BOOL(memory_limits, disable_oom_killer, "disableOOMKiller",
	     "let it wait instead of being killed"),
	BOOL(memory_limits, check_before_update, "checkBeforeUpdate",
	     "refuse a limit below what is used"),
	END,
};
static const struct schema memory_schema =
	SCHEMA(memory_limits, "memory", memory_fields);

static const struct field cpu_fields[] = {
	INT_IN(cpu_limits, shares, "shares", 0, INT64_MAX, "relative weight"),
	INT(cpu_limits, quota, "quota", "microseconds per period"),
	INT_IN(cpu_limits, period, "period", 0, INT64_MAX, "microseconds"),
	INT(cpu_limits, realtime_runtime, "realtimeRuntime", "microseconds"),
	INT_IN(cpu_limits, realtime_period, "realtimePeriod", 0, INT64_MAX,
	       "microseconds"),
	STR(cpu_limits, cpus, "cpus", "such as 0-3"),
	STR(cpu_limits, mems, "mems", "memory nodes, such as 0"),
	INT_IN(cpu_limits, burst, "burst", 0, INT64_MAX,
	       "microseconds saved up beyond the quota"),
	INT_IN(cpu_limits, idle, "idle", 0, 1,
	       "1: runs only when nothing else wants to"),
	END,
};
static const struct schema cpu_schema = SCHEMA(cpu_limits, "cpu", cpu_fields);

static const struct field pids_fields[] = {
	INT(pids_limits, limit, "limit", "how many processes"),
	END,
};
static const struct schema pids_schema =
	SCHEMA(pids_limits, "pids", pids_fields);

static const struct field weight_device_fields[] = {
	INT(weight_device, major, "major", "major number"),
	INT(weight_device, minor, "minor", "minor number"),
	INT_IN(weight_device, weight, "weight", 0, UINT16_MAX, "10 to 1000"),
	INT_IN(weight_device, leaf_weight, "leafWeight", 0, UINT16_MAX,
	       "10 to 1000"),
	END,
};
static const struct schema weight_device_schema =
	SCHEMA(weight_device, "a weight device", weight_device_fields);

static const struct field throttle_fields[] = {
	INT(throttle_device, major, "major", "major number"),
	INT(throttle_device, minor, "minor", "minor number"),
	INT_IN(throttle_device, rate, "rate", 0, INT64_MAX, "per second"),
	END,
};
static const struct schema throttle_schema =
	SCHEMA(throttle_device, "a throttle device", throttle_fields);

static const struct field block_io_fields[] = {
	INT_IN(block_io_limits, weight, "weight", 0, UINT16_MAX, "10 to 1000"),
	INT_IN(block_io_limits, leaf_weight, "leafWeight", 0, UINT16_MAX,
	       "10 to 1000"),
	LIST(block_io_limits, weight_device, "weightDevice",
	     weight_device_schema, "weights per device"),
	LIST(block_io_limits, read_bps, "throttleReadBpsDevice",
	     throttle_schema, "read bytes per second"),
	LIST(block_io_limits, write_bps, "throttleWriteBpsDevice",
	     throttle_schema, "written bytes per second"),
	LIST(block_io_limits, read_iops, "throttleReadIOPSDevice",
	     throttle_schema, "reads per second"),
	LIST(block_io_limits, write_iops, "throttleWriteIOPSDevice",
	     throttle_schema, "writes per second"),
	END,
};
static const struct schema block_io_schema =
	SCHEMA(block_io_limits, "blockio", block_io_fields);

static const struct field hugepage_fields[] = {
	STR(hugepage_limit, page_size, "pageSize", "such as 2MB"),
	INT_IN(hugepage_limit, limit, "limit", 0, INT64_MAX, "bytes"),
	END,
};
static const struct schema hugepage_schema =
	SCHEMA(hugepage_limit, "a huge page limit", hugepage_fields);

static const struct field priority_fields[] = {
	STR(network_priority, name, "name", "interface"),
	INT_IN(network_priority, priority, "priority", 0, UINT32_MAX,
	       "priority"),
	END,
};
static const struct schema priority_schema =
	SCHEMA(network_priority, "a network priority", priority_fields);

static const struct field network_fields[] = {
	INT_IN(network_limits, class_id, "classID", 0, UINT32_MAX,
	       "traffic class"),
	LIST(network_limits, priorities, "priorities", priority_schema,
	     "priorities per interface"),
	END,
};
static const struct schema network_schema =
	SCHEMA(network_limits, "network", network_fields);

static const struct field rdma_fields[] = {
	STR_FORM(rdma_limit, device, "device", form_name, "RDMA device"),
	INT_IN(rdma_limit, handles, "hcaHandles", 0, UINT32_MAX,
	       "how many handles"),
	INT_IN(rdma_limit, objects, "hcaObjects", 0, UINT32_MAX,
	       "how many objects"),
	END,
};
static const struct schema rdma_schema =
	SCHEMA(rdma_limit, "an RDMA limit", rdma_fields);

static const struct field resources_fields[] = {
	LIST(resources, devices, "devices", device_rule_schema,
	     "device access rules"),
	STRUCT(resources, memory, "memory", memory_schema, "memory limits"),
	STRUCT(resources, cpu, "cpu", cpu_schema, "CPU limits"),
	STRUCT(resources, pids, "pids", pids_schema, "process limits"),
	STRUCT(resources, block_io, "blockio", block_io_schema,
	       "block I/O limits"),
	LIST(resources, hugepage_limits, "hugepageLimits", hugepage_schema,
	     "huge page limits"),
	STRUCT(resources, network, "network", network_schema,
	       "network classes"),
	LIST(resources, rdma, "rdma", rdma_schema, "RDMA limits"),
	MAP(resources, unified, "unified",
	    "settings of control groups version 2 by file name, such as memory.high"),
	END,
};
const struct schema resources_schema =
	SCHEMA(resources, "resources", resources_fields);
