/* SPDX-License-Identifier: Apache-2.0 */
/* `security: hardened`: the safe set, as data, and who gets it. */
#include "cmd/lib/build/runtime_spec.h"

#include <string.h>

#include "cmd/lib/base/mem.h"

/* What podman allows a container that says nothing. */
#define PIDS_LIMIT 2048

/* Where values that nobody wrote come from. */
static const struct yml_node place = { .file = "security: hardened" };

/* What tells of the machine, or reaches past the container. */
static const char *masked[] = {
	"/proc/acpi",        "/proc/asound",    "/proc/interrupts",
	"/proc/kcore",       "/proc/keys",      "/proc/latency_stats",
	"/proc/sched_debug", "/proc/scsi",      "/proc/timer_list",
	"/proc/timer_stats", "/sys/dev/block",  "/sys/devices/virtual/powercap",
	"/sys/firmware",     "/sys/fs/selinux",
};
static const char *unwritable[] = {
	"/proc/bus",           "/proc/fs", "/proc/irq", "/proc/sys",
	"/proc/sysrq-trigger",
};

static void set_text(struct val_str *value, const char *text)
{
	if (!value->at)
		*value = (struct val_str){ text, &place };
}

static void set_strings(struct val_strs *value, const char **items,
			size_t count)
{
	if (!value->at)
		*value = (struct val_strs){ items, count, &place };
}

static void limit_pids(struct resources *resources)
{
	if (resources->pids.at)
		return;
	resources->pids.at = &place;
	resources->pids.limit = (struct val_int){ PIDS_LIMIT, &place };
}

void entry_harden(struct entry *merged, const struct manifest *manifest)
{
	if (!merged->security.at)
		merged->security = manifest->security;
	if (!entry_is_hardened(merged))
		return;
	set_text(&merged->seccomp, "default");
	set_strings(&merged->masked_paths, masked, ARRAY_LEN(masked));
	set_strings(&merged->readonly_paths, unwritable, ARRAY_LEN(unwritable));
	limit_pids(&merged->resources);
	if (!merged->no_new_privileges.at)
		merged->no_new_privileges = (struct val_bool){ true, &place };
	if (!merged->readonly.at)
		merged->readonly = (struct val_bool){ true, &place };
}

bool entry_is_hardened(const struct entry *merged)
{
	return strcmp(val_text(&merged->security, ""), "hardened") == 0;
}

bool entry_root_is_bound(const struct entry *merged)
{
	return merged->readonly.value && merged->readonly.at != &place;
}
