/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the manifest: one row per key. */
#include "yml/manifest.h"

#include "yml/rows.h"

static const struct field kernel_fields[] = {
	STR(kernel, image, "image", "kernel image"),
	STR(kernel, cmdline, "cmdline", "kernel command line"),
	STR(kernel, binary, "binary",
	    "the kernel's path in the image; default: kernel"),
	STR(kernel, tar, "tar",
	    "a tar in the image that is unpacked to /, or none; default: kernel.tar"),
	STR(kernel, ucode, "ucode", "CPU microcode archive in the image"),
	END,
};
static const struct schema kernel_schema =
	SCHEMA(kernel, "kernel", kernel_fields);

static const struct field id_mapping_fields[] = {
	INT(id_mapping, host_id, "hostID", "first id outside"),
	INT(id_mapping, container_id, "containerID", "first id inside"),
	INT(id_mapping, size, "size", "how many ids"),
	END,
};
static const struct schema id_mapping_schema =
	SCHEMA(id_mapping, "an id mapping", id_mapping_fields);

static const struct field mount_fields[] = {
	STR(mount, destination, "destination", "where it appears"),
	STR(mount, type, "type", "file system type, or bind"),
	STR(mount, source, "source", "device, path or volume"),
	STRS(mount, options, "options", "mount options"),
	LIST(mount, uid_mappings, "uidmappings", id_mapping_schema,
	     "user id mappings"),
	LIST(mount, gid_mappings, "gidmappings", id_mapping_schema,
	     "group id mappings"),
	END,
};
static const struct schema mount_schema =
	SCHEMA(mount, "a mount", mount_fields);

static const struct field device_fields[] = {
	STR(device, path, "path", "device node, or all"),
	STR(device, type, "type", "b, c, u or p"),
	STR(device, mode, "mode", "octal permissions"),
	INT(device, major, "major", "major number"),
	INT(device, minor, "minor", "minor number"),
	END,
};
static const struct schema device_schema =
	SCHEMA(device, "a device", device_fields);

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
	INT(memory_limits, swappiness, "swappiness", "0 to 100"),
	BOOL(memory_limits, disable_oom_killer, "disableOOMKiller",
	     "let it wait instead of being killed"),
	END,
};
static const struct schema memory_schema =
	SCHEMA(memory_limits, "memory", memory_fields);

static const struct field cpu_fields[] = {
	INT(cpu_limits, shares, "shares", "relative weight"),
	INT(cpu_limits, quota, "quota", "microseconds per period"),
	INT(cpu_limits, period, "period", "microseconds"),
	INT(cpu_limits, realtime_runtime, "realtimeRuntime", "microseconds"),
	INT(cpu_limits, realtime_period, "realtimePeriod", "microseconds"),
	STR(cpu_limits, cpus, "cpus", "such as 0-3"),
	STR(cpu_limits, mems, "mems", "memory nodes, such as 0"),
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
	INT(weight_device, weight, "weight", "10 to 1000"),
	INT(weight_device, leaf_weight, "leafWeight", "10 to 1000"),
	END,
};
static const struct schema weight_device_schema =
	SCHEMA(weight_device, "a weight device", weight_device_fields);

static const struct field throttle_fields[] = {
	INT(throttle_device, major, "major", "major number"),
	INT(throttle_device, minor, "minor", "minor number"),
	INT(throttle_device, rate, "rate", "per second"),
	END,
};
static const struct schema throttle_schema =
	SCHEMA(throttle_device, "a throttle device", throttle_fields);

static const struct field block_io_fields[] = {
	INT(block_io_limits, weight, "weight", "10 to 1000"),
	INT(block_io_limits, leaf_weight, "leafWeight", "10 to 1000"),
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
	INT(hugepage_limit, limit, "limit", "bytes"),
	END,
};
static const struct schema hugepage_schema =
	SCHEMA(hugepage_limit, "a huge page limit", hugepage_fields);

static const struct field priority_fields[] = {
	STR(network_priority, name, "name", "interface"),
	INT(network_priority, priority, "priority", "priority"),
	END,
};
static const struct schema priority_schema =
	SCHEMA(network_priority, "a network priority", priority_fields);

static const struct field network_fields[] = {
	INT(network_limits, class_id, "classID", "traffic class"),
	LIST(network_limits, priorities, "priorities", priority_schema,
	     "priorities per interface"),
	END,
};
static const struct schema network_schema =
	SCHEMA(network_limits, "network", network_fields);

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
	END,
};
static const struct schema resources_schema =
	SCHEMA(resources, "resources", resources_fields);

static const struct field interface_fields[] = {
	STR(interface, name, "name", "interface name"),
	STR(interface, add, "add", "link type to create"),
	STR(interface, peer, "peer", "the other end of a veth pair"),
	BOOL(interface, create_in_root, "createInRoot",
	     "create outside, then move in"),
	END,
};
static const struct schema interface_schema =
	SCHEMA(interface, "an interface", interface_fields);

static const struct field bind_ns_fields[] = {
	STR(bind_ns, cgroup, "cgroup", "path"),
	STR(bind_ns, ipc, "ipc", "path"),
	STR(bind_ns, mnt, "mnt", "path"),
	STR(bind_ns, net, "net", "path"),
	STR(bind_ns, pid, "pid", "path"),
	STR(bind_ns, user, "user", "path"),
	STR(bind_ns, uts, "uts", "path"),
	END,
};
static const struct schema bind_ns_schema =
	SCHEMA(bind_ns, "bindNS", bind_ns_fields);

static const struct field runtime_fields[] = {
	STRS(runtime, cgroups, "cgroups", "control groups to make"),
	LIST(runtime, mounts, "mounts", mount_schema,
	     "mounts made before the container"),
	STRS(runtime, mkdir, "mkdir", "directories to make"),
	LIST(runtime, interfaces, "interfaces", interface_schema,
	     "network interfaces to give it"),
	STRUCT(runtime, bind_ns, "bindNS", bind_ns_schema,
	       "where its namespaces are kept"),
	STR(runtime, name_space, "namespace", "containerd namespace"),
	END,
};
static const struct schema runtime_schema =
	SCHEMA(runtime, "runtime", runtime_fields);

static const struct field entry_fields[] = {
	STR_NEEDED(entry, name, "name", "^(?!\\.{1,2}$)[^/]{1,200}$",
		   "name; unique among services"),
	STR_NEEDED(entry, image, "image", ".", "image reference"),
	STRS(entry, capabilities, "capabilities", "capabilities, all or none"),
	STRS(entry, capabilities_add, "capabilities.add",
	     "capabilities beyond the label's"),
	STRS(entry, ambient, "ambient", "ambient capabilities"),
	LIST(entry, mounts, "mounts", mount_schema, "mounts"),
	STRS(entry, binds, "binds", "bind mounts: source:destination:options"),
	STRS(entry, binds_add, "binds.add", "bind mounts beyond the label's"),
	LIST(entry, devices, "devices", device_schema, "device nodes"),
	STRS(entry, tmpfs, "tmpfs", "tmpfs mounts: destination:options"),
	STRS(entry, command, "command", "command and arguments"),
	STRS(entry, env, "env", "environment, NAME=VALUE"),
	STR(entry, cwd, "cwd", "working directory"),
	STR(entry, net, "net", "network namespace: host, new or a path"),
	STR(entry, pid, "pid", "PID namespace: host, new or a path"),
	STR(entry, ipc, "ipc", "IPC namespace: host, new or a path"),
	STR(entry, uts, "uts", "UTS namespace: host, new or a path"),
	STR(entry, userns, "userns", "user namespace: host, new or a path"),
	STR(entry, hostname, "hostname", "host name inside"),
	BOOL(entry, readonly, "readonly", "read-only root file system"),
	STRS(entry, masked_paths, "maskedPaths", "paths that look empty"),
	STRS(entry, readonly_paths, "readonlyPaths", "paths made read-only"),
	ID(entry, uid, "uid", "user id"),
	ID(entry, gid, "gid", "group id"),
	IDS(entry, additional_gids, "additionalGids", "more group ids"),
	BOOL(entry, no_new_privileges, "noNewPrivileges",
	     "forbid gaining privileges"),
	INT(entry, oom_score_adj, "oomScoreAdj", "-1000 to 1000"),
	STR(entry, rootfs_propagation, "rootfsPropagation",
	    "mount propagation of the root"),
	STR(entry, cgroups_path, "cgroupsPath", "control group"),
	STRUCT(entry, resources, "resources", resources_schema,
	       "resource limits"),
	MAP(entry, sysctl, "sysctl", "kernel settings"),
	STRS(entry, rlimits, "rlimits", "limits: name,soft,hard"),
	LIST(entry, uid_mappings, "uidMappings", id_mapping_schema,
	     "user id mappings"),
	LIST(entry, gid_mappings, "gidMappings", id_mapping_schema,
	     "group id mappings"),
	MAP(entry, annotations, "annotations", "annotations for the runtime"),
	STRUCT(entry, runtime, "runtime", runtime_schema,
	       "what is prepared around the container"),
	END,
};
const struct schema entry_schema = SCHEMA(entry, "an entry", entry_fields);

static const struct field file_fields[] = {
	STR_NEEDED(file, path, "path", ".", "where it goes"),
	BOOL(file, directory, "directory", "make a directory"),
	STR(file, symlink, "symlink", "make a symbolic link to this"),
	STR(file, contents, "contents", "the content itself"),
	STR(file, source, "source", "a file to copy"),
	STR_LIKE(file, metadata, "metadata", "^(yaml|json)$",
		 "yaml or json: this manifest"),
	BOOL(file, optional, "optional", "a missing source is no error"),
	STR_LIKE(
		file, mode, "mode", "^(0*[0-7]{1,4})?$",
		"octal permissions, in quotes; default: 0600, of a directory 0700"),
	ID(file, uid, "uid", "owner"),
	ID(file, gid, "gid", "group"),
	END,
};
const struct schema file_schema = SCHEMA(file, "a file", file_fields);

static const struct field volume_fields[] = {
	STR_NEEDED(volume, name, "name", "^[a-z0-9_-]+$",
		   "name: a-z, 0-9, _ and -"),
	STR(volume, image, "image", "what it holds at first; else nothing"),
	BOOL(volume, readonly, "readonly", "nobody may write to it"),
	STR_LIKE(volume, format, "format", "^(filesystem|oci)$",
		 "filesystem or oci"),
	STRS(volume, platforms, "platforms", "of an oci volume"),
	END,
};
const struct schema volume_schema = SCHEMA(volume, "a volume", volume_fields);

static const struct field manifest_fields[] = {
	STRUCT(manifest, kernel, "kernel", kernel_schema, "the kernel"),
	STRS(manifest, init, "init", "images unpacked to /, in order"),
	LIST(manifest, sections[SECTION_ONBOOT], "onboot", entry_schema,
	     "containers run one after another at boot"),
	LIST(manifest, sections[SECTION_ONSHUTDOWN], "onshutdown", entry_schema,
	     "containers run one after another at shutdown"),
	LIST(manifest, sections[SECTION_SERVICES], "services", entry_schema,
	     "containers that keep running"),
	LIST(manifest, files, "files", file_schema, "files added last"),
	LIST(manifest, volumes, "volumes", volume_schema,
	     "directories that containers share"),
	IGNORED("trust", "accepted and ignored"),
	END,
};
const struct schema manifest_schema =
	SCHEMA(manifest, "the manifest", manifest_fields);
