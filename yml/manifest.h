/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifest: kernel, init, onboot, onshutdown, services, files, volumes.
 * Keys and meaning are LinuxKit's. All text is borrowed from the documents the
 * manifest owns.
 */
#pragma once

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/strv.h"
#include "yml/decode.h"

struct kernel {
	const struct yml_node *at;
	struct val_str image, cmdline, binary, tar, ucode;
};

struct mount {
	const struct yml_node *at;
	struct val_str destination, type, source;
	struct val_strs options;
	struct val_list uid_mappings, gid_mappings; /* struct id_mapping */
};

struct device {
	const struct yml_node *at;
	struct val_str path, type, mode;
	struct val_int major, minor;
};

struct id_mapping {
	const struct yml_node *at;
	struct val_int host_id, container_id, size;
};

struct device_rule {
	const struct yml_node *at;
	struct val_bool allow;
	struct val_str type, access;
	struct val_int major, minor;
};

struct memory_limits {
	const struct yml_node *at;
	struct val_int limit, reservation, swap, kernel, kernel_tcp, swappiness;
	struct val_bool disable_oom_killer, check_before_update;
};

struct cpu_limits {
	const struct yml_node *at;
	struct val_int shares, quota, period, realtime_runtime, realtime_period;
	struct val_str cpus, mems;
	struct val_int burst, idle;
};

struct pids_limits {
	const struct yml_node *at;
	struct val_int limit;
};

struct weight_device {
	const struct yml_node *at;
	struct val_int major, minor, weight, leaf_weight;
};

struct throttle_device {
	const struct yml_node *at;
	struct val_int major, minor, rate;
};

struct block_io_limits {
	const struct yml_node *at;
	struct val_int weight, leaf_weight;
	struct val_list weight_device; /* struct weight_device */
	/* struct throttle_device */
	struct val_list read_bps, write_bps, read_iops, write_iops;
};

struct hugepage_limit {
	const struct yml_node *at;
	struct val_str page_size;
	struct val_int limit;
};

struct network_priority {
	const struct yml_node *at;
	struct val_str name;
	struct val_int priority;
};

struct network_limits {
	const struct yml_node *at;
	struct val_int class_id;
	struct val_list priorities; /* struct network_priority */
};

struct rdma_limit {
	const struct yml_node *at;
	struct val_str device;
	struct val_int handles, objects;
};

struct resources {
	const struct yml_node *at;
	struct val_list devices; /* struct device_rule */
	struct memory_limits memory;
	struct cpu_limits cpu;
	struct pids_limits pids;
	struct block_io_limits block_io;
	struct val_list hugepage_limits; /* struct hugepage_limit */
	struct network_limits network;
	struct val_list rdma; /* struct rdma_limit */
	struct val_map unified;
};

struct interface {
	const struct yml_node *at;
	struct val_str name, add, peer;
	struct val_bool create_in_root;
};

struct bind_ns {
	const struct yml_node *at;
	struct val_str cgroup, ipc, mnt, net, pid, user, uts;
};

struct runtime {
	const struct yml_node *at;
	struct val_strs cgroups, mkdir;
	struct val_list mounts;     /* struct mount */
	struct val_list interfaces; /* struct interface */
	struct bind_ns bind_ns;
	struct val_str name_space, handler;
};

struct selinux {
	const struct yml_node *at;
	struct val_str label, mount_label;
};

struct restart {
	const struct yml_node *at;
	struct val_str policy;
	struct val_int limit;
	struct val_str delay, max_delay;
};

struct healthcheck {
	const struct yml_node *at;
	struct val_strs command;
	struct val_str interval, timeout, start_period;
	struct val_int retries;
};

struct readiness {
	const struct yml_node *at;
	struct val_int fd;
	struct val_str socket;
	struct val_strs command;
	struct val_str timeout;
};

/* One item of onboot, onshutdown or services; also what an image's label is. */
struct entry {
	const struct yml_node *at;
	struct val_str name, image;
	struct val_strs capabilities, capabilities_add, ambient;
	struct val_list mounts; /* struct mount */
	struct val_strs binds, binds_add;
	struct val_list devices; /* struct device */
	struct val_strs tmpfs, command, env;
	struct val_str cwd, net, pid, ipc, uts, userns, hostname;
	struct val_bool readonly;
	struct val_strs masked_paths, readonly_paths;
	struct val_id uid, gid;
	struct val_ids additional_gids;
	struct val_bool no_new_privileges;
	struct val_int oom_score_adj;
	struct val_str rootfs_propagation, cgroups_path;
	struct resources resources;
	struct val_map sysctl;
	struct val_strs rlimits;
	struct val_list uid_mappings, gid_mappings; /* struct id_mapping */
	struct val_map annotations;
	struct runtime runtime;
	/* From here on kitbuild's own. */
	struct val_str security, seccomp, apparmor;
	struct selinux selinux;
	struct val_str landlock;
	struct restart restart;
	struct val_strs after, requires;
	struct healthcheck healthcheck;
	struct readiness readiness;
	struct val_str stop_timeout, timeout, onfail;
};

struct file {
	const struct yml_node *at;
	struct val_str path;
	struct val_bool directory;
	struct val_str symlink, contents, source, metadata;
	struct val_bool optional;
	struct val_str mode;
	struct val_id uid, gid;
};

struct volume {
	const struct yml_node *at;
	struct val_str name, image;
	struct val_bool readonly;
	struct val_str format;
	struct val_strs platforms;
};

enum section { SECTION_ONBOOT, SECTION_ONSHUTDOWN, SECTION_SERVICES };
#define SECTION_COUNT 3

/* { 0 } is the empty manifest, which is valid. */
struct manifest {
	const struct yml_node *at;
	struct kernel kernel;
	struct val_strs init;
	struct val_list sections[SECTION_COUNT]; /* struct entry */
	struct val_list files;                   /* struct file */
	struct val_list volumes;                 /* struct volume */
	struct val_list policy;                  /* struct policy_rule */
	struct val_str security;
	struct val_str
		security_against;     /* what a later manifest says instead */
	struct yml_document document; /* owned: all of the above */
};

extern const struct schema manifest_schema;
extern const struct schema entry_schema;
extern const struct schema file_schema;
extern const struct schema volume_schema;

/* Milliseconds of what form_duration lets pass, such as 1m30s. */
int64_t duration_ms(const char *text);

/* "onboot", "onshutdown", "services". */
const char *section_name(enum section section);

void manifest_release(struct manifest *manifest);

/*
 * What `@pkg:FOLDER` stands for, wherever a scalar is that and nothing more, as
 * a value or as a key. `expand` gives a text, which the caller owns, for the
 * folder as it is written; its error gets the scalar's place.
 */
struct manifest_templates {
	int (*expand)(void *context, const struct yml_node *at,
		      const char *folder, char **text, struct err *err);
	void *context;
};

/*
 * Parses and decodes one manifest. `name` stands for the file in messages,
 * which are FAULT_INPUT and carry name:line:column. A file that is YAML is told
 * of everything that is wrong with it, a line each. Without `templates` (NULL)
 * they stay as they are.
 */
int manifest_decode(struct manifest *manifest, const char *name,
		    const struct buf *text,
		    const struct manifest_templates *templates,
		    struct err *err) MUST_CHECK;

/*
 * Adds a later manifest as LinuxKit does: lists are appended, the kernel's
 * texts replaced where the later one has them (`tar` and `ucode` also by an
 * empty one). `security` holds for all; manifest_check refuses two that differ.
 * What `into` then holds is borrowed from what was merged.
 */
void manifest_merge(struct manifest *into, const struct manifest *later);

/*
 * Rules across keys, for the whole of what is built: a service's name is unique
 * and is one path component; a volume's name matches [a-z0-9_-]+; a bind that
 * does not start with '/' names a volume; what a service waits for is a service
 * and does not wait for it. Told as by manifest_decode.
 */
int manifest_check(const struct manifest *manifest, struct err *err) MUST_CHECK;

/* A file has a path and is one thing; reports what it lacks. */
void file_check(const struct file *file, struct yml_report *report);

/* Reports what does not fit together within an entry, or in this section. */
void entry_check(const struct entry *entry, enum section section,
		 struct yml_report *report);

/* The same for what becomes a label, where some keys have no place. */
void label_check(const struct entry *entry, struct yml_report *report);

/* Reports services that wait for nothing there is, or for each other. */
void services_check(const struct val_list *services, struct yml_report *report);

/* Does it hold an OCI image layout, and not the files of its image? */
bool volume_is_oci(const struct volume *volume);

/* The volume of that name, or NULL. `length` ends the name. */
const struct volume *manifest_volume(const struct manifest *manifest,
				     const char *name, size_t length);

/*
 * An image's label org.mobyproject.config as an entry without name and image.
 * `document` keeps the text alive and is the caller's to release.
 */
int entry_decode_label(struct entry *entry, struct yml_document *document,
		       const char *image, const char *text,
		       struct err *err) MUST_CHECK;
