/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the manifest: one row per key. */
#include "yml/manifest.h"

#include "yml/internal.h"
#include "yml/policy.h"
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
	INT_IN(id_mapping, host_id, "hostID", 0, UINT32_MAX,
	       "first id outside"),
	INT_IN(id_mapping, container_id, "containerID", 0, UINT32_MAX,
	       "first id inside"),
	INT_IN(id_mapping, size, "size", 0, UINT32_MAX, "how many ids"),
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
	STR_FORM(
		runtime, handler, "handler", form_name,
		"OCI runtime: runc, crun, runsc, none or another; default: the image's"),
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
	STR_FORM(entry, security, "security", form_security,
		 "hardened or linuxkit; default: the manifest's"),
	STR_FORM(
		entry, seccomp, "seccomp", form_text,
		"system call filter: default, unconfined or a JSON profile beside the manifest"),
	STR_FORM(entry, apparmor, "apparmor", form_word, "AppArmor profile"),
	SHORT(entry, selinux, "selinux", selinux_schema, "SELinux context"),
	STR_FORM(entry, landlock, "landlock", form_landlock,
		 "auto: writes only below what is mounted writable; off"),
	SHORT(entry, restart, "restart", restart_schema,
	      "of a service: no, always or on-failure[:N]; default: no"),
	STRS(entry, after, "after", "services that are started earlier"),
	STRS(entry, requires, "requires",
	     "services that are ready earlier, or it is not started"),
	STRUCT(entry, healthcheck, "healthcheck", healthcheck_schema,
	       "of a service: how to see that it works"),
	STRUCT(entry, readiness, "readiness", readiness_schema,
	       "of a service: how to see that it is ready; default: started is ready"),
	STR_FORM(
		entry, stop_timeout, "stopTimeout", form_duration,
		"of a service: from SIGTERM to SIGKILL, and how long a start goes on that is not wanted any more; default: 10s"),
	STR_FORM(
		entry, timeout, "timeout", form_duration,
		"of onboot and onshutdown: it is killed then, and has failed; default: never"),
	STR_FORM(
		entry, onfail, "onfail", form_onfail,
		"of onboot and onshutdown: continue, stop, reboot or shell; default: continue"),
	END,
};
const struct schema entry_schema = SCHEMA(entry, "an entry", entry_fields);

static const struct field file_fields[] = {
	STR_NEEDED(file, path, "path", ".", "where it goes"),
	BOOL(file, directory, "directory", "make a directory"),
	STR(file, symlink, "symlink", "make a symbolic link to this"),
	BYTES(file, contents, "contents", "the content itself"),
	STR(file, source, "source", "a file to copy"),
	STR_LIKE(file, metadata, "metadata", "^(yaml|json)?$",
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

static const struct form form_platform = {
	"os/arch or os/arch/variant",
	"^[A-Za-z0-9._-]{1,40}(/[A-Za-z0-9._-]{1,40}){1,2}$",
};

static const struct field volume_fields[] = {
	STR_NEEDED(volume, name, "name", "^[a-z0-9_-]+$",
		   "name: a-z, 0-9, _ and -"),
	STR(volume, image, "image", "what it holds at first; else nothing"),
	BOOL(volume, readonly, "readonly", "nobody may write to it"),
	STR_LIKE(volume, format, "format", "^(filesystem|oci)$",
		 "filesystem or oci"),
	STRS_FORM(volume, platforms, "platforms", form_platform,
		  "of an oci volume: os/arch or os/arch/variant; default: all"),
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
	STR_FORM(
		manifest, security, "security", form_security,
		"hardened: the safe set for every entry; linuxkit: as written; default: linuxkit"),
	LIST(manifest, policy, "policy", policy_rule_schema,
	     "which images may be taken; the first rule that matches decides"),
	IGNORED("trust", "accepted and ignored"),
	END,
};
const struct schema manifest_schema =
	SCHEMA(manifest, "the manifest", manifest_fields);
