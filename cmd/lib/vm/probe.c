/* SPDX-License-Identifier: Apache-2.0 */
/* Does hardware virtualisation really work here? */
#include "cmd/lib/vm/qemu.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/vm/child.h"
#include "cmd/lib/vm/hypervisor.h"

#define DEADLINE_MS 3000
#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define VERDICT_MAX_BYTES 8192
#define ROM_BYTES 65536
#define RESET_VECTOR (ROM_BYTES - 16)
/* isa-debug-exit ends QEMU with twice the value written, plus one. */
#define PROBE_VALUE 0x10
#define PROBE_STATUS (PROBE_VALUE * 2 + 1)

/* mov al, PROBE_VALUE; out 0xf4, al; hlt; jmp to the hlt */
static const uint8_t probe_code[] = { 0xb0, PROBE_VALUE, 0xe6, 0xf4,
				      0xf4, 0xeb,        0xfd };

static int make_rom(int *fd, struct err *err)
{
	SCOPED_FREE uint8_t *rom = xcalloc(ROM_BYTES, 1);

	memcpy(rom + RESET_VECTOR, probe_code, sizeof(probe_code));
	if (fd_temporary(fd, NULL, err) < 0)
		return -1;
	return fd_write_all(*fd, rom, ROM_BYTES, "probe", err);
}

static void probe_argv(const struct machine *machine, int rom,
		       struct strv *argv)
{
	static const char *const words[] = {
		"-machine",    "q35,accel=kvm",
		"-cpu",        "host",
		"-m",          "16",
		"-nodefaults", "-display",
		"none",        "-no-user-config",
		"-device",     "isa-debug-exit,iobase=0xf4,iosize=1",
		"-bios",
	};

	strv_add(argv, machine->program);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		strv_add(argv, words[i]);
	strv_add_fmt(argv, "/proc/%d/fd/%d", (int)getpid(), rom);
}

static bool probe_kvm(const struct machine *machine)
{
	SCOPED(child) child = CHILD_INIT;
	SCOPED(strv) argv = { 0 };
	SCOPED(err) ignored = { 0 };
	SCOPED_FD int rom = -1;

	if (make_rom(&rom, &ignored) < 0)
		return false;
	probe_argv(machine, rom, &argv);
	return child_start(&child, &argv, CHILD_SILENT, NULL, &ignored) == 0 &&
	       child_has_ended(&child, DEADLINE_MS) &&
	       WIFEXITED(child.status) &&
	       WEXITSTATUS(child.status) == PROBE_STATUS;
}

/*
 * What a verdict holds for: this boot of the host, this device node, this
 * program. A hypervisor below may not let us know otherwise that it has changed
 * its mind.
 */
static char *verdict_key(const struct machine *machine)
{
	SCOPED(buf) boot = { .max_bytes = 64 };
	SCOPED(err) ignored = { 0 };
	struct stat node;

	if (stat("/dev/kvm", &node) < 0 ||
	    buf_read_file(&boot, BOOT_ID, &ignored) < 0)
		return NULL;
	return xasprintf("%.36s %llu %llu %u %s\n", buf_text(&boot),
			 (unsigned long long)node.st_dev,
			 (unsigned long long)node.st_ino, (unsigned)getuid(),
			 machine->program);
}

/* The file holds the verdict, a digit, and what it holds for. */
static bool recall(const char *path, const char *key, bool *runs)
{
	SCOPED(buf) text = { .max_bytes = VERDICT_MAX_BYTES };
	SCOPED(err) ignored = { 0 };

	if (!key || !path_exists(path) ||
	    buf_read_file(&text, path, &ignored) < 0 || text.size < 2 ||
	    strcmp(buf_text(&text) + 2, key) != 0)
		return false;
	*runs = *buf_text(&text) == '1';
	return true;
}

/* In vain where the folder is not ours: then it is tried each time. */
static void remember(const char *folder, const char *path, const char *key,
		     bool runs)
{
	SCOPED_FREE char *text = xasprintf("%d %s", runs, key ? key : "");
	SCOPED(err) ignored = { 0 };

	if (key && path_make_directories(folder, &ignored) == 0)
		(void)!path_write_file(path, text, strlen(text), &ignored);
}

/* A failed try costs seconds where the device hangs. */
static bool kvm_runs(const struct machine *machine, const char *folder)
{
	SCOPED_FREE char *path = path_join(folder, "kvm-verdict");
	SCOPED_FREE char *key = verdict_key(machine);
	bool runs;

	if (recall(path, key, &runs))
		return runs;
	runs = probe_kvm(machine);
	remember(folder, path, key, runs);
	return runs;
}

static const char *why_no_kvm(const struct machine *machine, const char *folder)
{
	if (access("/dev/kvm", F_OK) < 0)
		return "there is no /dev/kvm";
	if (access("/dev/kvm", R_OK | W_OK) < 0)
		return "/dev/kvm may not be opened; is the user in group kvm?";
	if (strcmp(machine->arch, "amd64") == 0 && !kvm_runs(machine, folder))
		return "/dev/kvm is there but runs no guest";
	return NULL;
}

void qemu_choose_accel(struct machine *machine, const char *folder)
{
	struct host host = host_this();
	bool is_mac = strcmp(host.os, "darwin") == 0;
	const char *why = NULL;

	if (machine->accel != MACHINE_ACCEL_AUTO)
		return;
	if (strcmp(machine->arch, host.arch) != 0)
		why = "the guest's architecture is not the host's";
	else if (!is_mac)
		why = why_no_kvm(machine, folder);
	machine->accel = why      ? MACHINE_ACCEL_TCG
			 : is_mac ? MACHINE_ACCEL_HVF
				  : MACHINE_ACCEL_KVM;
	if (why)
		log_warn("emulating, which is slow: %s", why);
}
