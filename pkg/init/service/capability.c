/* SPDX-License-Identifier: Apache-2.0 */
/* The names of Linux capabilities. */
#include "pkg/init/service/capability.h"

#include <string.h>

#include "pkg/init/service/base.h"

/* In the order of their numbers, without CAP_. */
static const char *const names[] = {
	"CHOWN",
	"DAC_OVERRIDE",
	"DAC_READ_SEARCH",
	"FOWNER",
	"FSETID",
	"KILL",
	"SETGID",
	"SETUID",
	"SETPCAP",
	"LINUX_IMMUTABLE",
	"NET_BIND_SERVICE",
	"NET_BROADCAST",
	"NET_ADMIN",
	"NET_RAW",
	"IPC_LOCK",
	"IPC_OWNER",
	"SYS_MODULE",
	"SYS_RAWIO",
	"SYS_CHROOT",
	"SYS_PTRACE",
	"SYS_PACCT",
	"SYS_ADMIN",
	"SYS_BOOT",
	"SYS_NICE",
	"SYS_RESOURCE",
	"SYS_TIME",
	"SYS_TTY_CONFIG",
	"MKNOD",
	"LEASE",
	"AUDIT_WRITE",
	"AUDIT_CONTROL",
	"SETFCAP",
	"MAC_OVERRIDE",
	"MAC_ADMIN",
	"SYSLOG",
	"WAKE_ALARM",
	"BLOCK_SUSPEND",
	"AUDIT_READ",
	"PERFMON",
	"BPF",
	"CHECKPOINT_RESTORE",
};

int capability_number(const char *name)
{
	static const char head[] = "CAP_";

	if (strncmp(name, head, sizeof(head) - 1) != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], name + sizeof(head) - 1) == 0)
			return (int)i;
	return -1;
}
