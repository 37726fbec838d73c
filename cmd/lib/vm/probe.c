/* SPDX-License-Identifier: Apache-2.0 */
/* Does hardware virtualisation really work here? */
#include "cmd/lib/vm/qemu.h"

#include <string.h>
#include <sys/wait.h>

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/vm/child.h"
#include "cmd/lib/vm/hypervisor.h"

#define DEADLINE_MS 3000
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

static const char *why_no_kvm(const struct machine *machine)
{
	if (access("/dev/kvm", F_OK) < 0)
		return "there is no /dev/kvm";
	if (access("/dev/kvm", R_OK | W_OK) < 0)
		return "/dev/kvm may not be opened; is the user in group kvm?";
	if (strcmp(machine->arch, "amd64") == 0 && !probe_kvm(machine))
		return "/dev/kvm is there but runs no guest";
	return NULL;
}

void qemu_choose_accel(struct machine *machine)
{
	struct host host = host_this();
	bool is_mac = strcmp(host.os, "darwin") == 0;
	const char *why = NULL;

	if (machine->accel != MACHINE_ACCEL_AUTO)
		return;
	if (strcmp(machine->arch, host.arch) != 0)
		why = "the guest's architecture is not the host's";
	else if (!is_mac)
		why = why_no_kvm(machine);
	machine->accel = why      ? MACHINE_ACCEL_TCG
			 : is_mac ? MACHINE_ACCEL_HVF
				  : MACHINE_ACCEL_KVM;
	if (why)
		log_warn("emulating, which is slow: %s", why);
}
