/* SPDX-License-Identifier: Apache-2.0 */
/* A machine as QEMU's arguments. */
#include "cmd/lib/vm/qemu.h"

#include <stdarg.h>
#include <string.h>
#include <sys/un.h>

#include "cmd/lib/base/mem.h"

struct target {
	const char *arch;
	const char *program;
	const char *board;
};

static const struct target targets[] = {
	{ "amd64", "qemu-system-x86_64", "q35" },
	{ "arm64", "qemu-system-aarch64", "virt,gic-version=max" },
	{ "riscv64", "qemu-system-riscv64", "virt" },
};

static const struct target *find_target(const char *arch)
{
	for (size_t i = 0; i < ARRAY_LEN(targets); i++)
		if (strcmp(arch, targets[i].arch) == 0)
			return &targets[i];
	return NULL;
}

int qemu_program(const char *arch, const char **program, struct err *err)
{
	const struct target *target = find_target(arch);

	if (!target)
		return err_set(
			err, FAULT_INPUT,
			"no machine for architecture '%s'; there are amd64, arm64 and riscv64",
			arch);
	*program = target->program;
	return 0;
}

char *qemu_socket_path(const struct machine *machine)
{
	return xasprintf("%s/qmp.sock", machine->state);
}

/* In QEMU's option values a comma is written twice. Caller frees. */
static char *escaped(const char *text)
{
	char *copy = xcalloc(strlen(text) * 2 + 1, 1);
	size_t size = 0;

	for (; *text; text++) {
		if (*text == ',')
			copy[size++] = ',';
		copy[size++] = *text;
	}
	return copy;
}

static void add(struct strv *argv, const char *option, const char *value)
{
	strv_add(argv, option);
	strv_add(argv, value);
}

static const char *accel_name(enum machine_accel accel)
{
	switch (accel) {
	case MACHINE_ACCEL_KVM:
		return "kvm";
	case MACHINE_ACCEL_HVF:
		return "hvf";
	case MACHINE_ACCEL_TCG:
	case MACHINE_ACCEL_AUTO:
		break;
	}
	return "tcg";
}

static void add_board(const struct machine *machine,
		      const struct target *target, struct strv *argv)
{
	bool emulated = machine->accel == MACHINE_ACCEL_TCG ||
			machine->accel == MACHINE_ACCEL_AUTO;

	strv_add(argv, "-machine");
	strv_add_fmt(argv, "%s,accel=%s",
		     machine->microvm ? "microvm,rtc=on" : target->board,
		     accel_name(machine->accel));
	if (machine->microvm) /* firmware hangs on the older kind of device */
		add(argv, "-global", "virtio-mmio.force-legacy=false");
	add(argv, "-cpu", emulated ? "max" : "host");
	strv_add(argv, "-smp");
	strv_add_fmt(argv, "%u", machine->cpus);
	strv_add(argv, "-m");
	strv_add_fmt(argv, "%llu", (unsigned long long)machine->memory_mib);
	strv_add(argv, "-nodefaults");
	strv_add(argv, "-no-user-config");
	add(argv, "-display", "none");
	add(argv, "-uuid", machine->uuid);
}

/* Adds "-device virtio-NAME-BUS,REST": a small board has no PCI. */
PRINTF_LIKE(4, 5)
static void add_device(const struct machine *machine, struct strv *argv,
		       const char *name, const char *fmt, ...)
{
	SCOPED_FREE char *rest = NULL;
	va_list ap;

	va_start(ap, fmt);
	rest = xvasprintf(fmt, ap);
	va_end(ap);
	strv_add(argv, "-device");
	strv_add_fmt(argv, "virtio-%s-%s%s%s", name,
		     machine->microvm ? "device" : "pci", *rest ? "," : "",
		     rest);
}

static void add_drive(struct strv *argv, const char *id, const char *path,
		      const char *format)
{
	SCOPED_FREE char *file = escaped(path);

	strv_add(argv, "-drive");
	strv_add_fmt(argv,
		     "if=none,id=%s,file=%s,format=%s,discard=unmap,"
		     "cache=writeback",
		     id, file, format);
}

/* SCSI, since a cloud's kernel has no driver for what real machines have. */
static void add_cd(const struct machine *machine, struct strv *argv,
		   const char *id, const char *path)
{
	SCOPED_FREE char *file = escaped(path);

	strv_add(argv, "-drive");
	strv_add_fmt(argv,
		     "if=none,id=%s,file=%s,format=raw,media=cdrom,readonly=on",
		     id, file);
	add_device(machine, argv, "scsi", "id=scsi-%s", id);
	strv_add(argv, "-device");
	strv_add_fmt(argv, "scsi-cd,bus=scsi-%s.0,drive=%s%s", id, id,
		     strcmp(id, "boot") == 0 ? ",bootindex=0" : "");
}

static void add_boot(const struct machine *machine, struct strv *argv)
{
	if (machine->firmware)
		add(argv, "-bios", machine->firmware);
	if (machine->image && machine->image_is_cd) {
		add_cd(machine, argv, "boot", machine->image);
	} else if (machine->image) {
		add_drive(argv, "boot", machine->image, machine->image_format);
		add_device(machine, argv, "blk", "drive=boot,bootindex=0");
	} else {
		add(argv, "-kernel", machine->kernel);
	}
	if (machine->initrd)
		add(argv, "-initrd", machine->initrd);
	if (machine->cmdline)
		add(argv, "-append", machine->cmdline);
}

static void add_disks(const struct machine *machine, struct strv *argv)
{
	for (size_t i = 0; i < machine->disk_count; i++) {
		SCOPED_FREE char *id = xasprintf("disk%zu", i);

		add_drive(argv, id, machine->disks[i].path,
			  machine->disks[i].format);
		add_device(machine, argv, "blk", "drive=%s,serial=%s", id, id);
	}
	if (machine->metadata)
		add_cd(machine, argv, "data", machine->metadata);
}

static void add_network(const struct machine *machine, struct strv *argv)
{
	SCOPED_FREE char *netdev = xstrdup("user,id=net0");

	if (machine->no_network) {
		add(argv, "-nic", "none");
		return;
	}
	for (size_t i = 0; i < machine->publish_count; i++) {
		const struct machine_publish *publish = &machine->publishes[i];
		char *longer = xasprintf(
			"%s,hostfwd=%s:%s:%u-:%u", netdev,
			publish->udp ? "udp" : "tcp", publish->host_address,
			publish->host_port, publish->guest_port);

		free(netdev);
		netdev = longer;
	}
	add(argv, "-netdev", netdev);
	add_device(machine, argv, "net", "netdev=net0,mac=%s", machine->mac);
}

static void add_control(const struct machine *machine, struct strv *argv)
{
	SCOPED_FREE char *state = escaped(machine->state);

	add(argv, "-object", "rng-random,id=rng0,filename=/dev/urandom");
	add_device(machine, argv, "rng", "rng=rng0");
	add_device(machine, argv, "balloon", "free-page-reporting=on");
	/* On a terminal Ctrl-A x ends it, and Ctrl-C is the guest's. */
	add(argv, "-serial", machine->on_terminal ? "mon:stdio" : "stdio");
	strv_add(argv, "-qmp");
	strv_add_fmt(argv, "unix:%s/qmp.sock,server=on,wait=off", state);
	strv_add(argv, "-pidfile");
	strv_add_fmt(argv, "%s/qemu.pid", machine->state);
}

int qemu_argv(const struct machine *machine, struct strv *argv, struct err *err)
{
	const struct target *target = find_target(machine->arch);
	const struct sockaddr_un *address = NULL;
	const char *program = NULL;

	if (qemu_program(machine->arch, &program, err) < 0 || !target)
		return -1;
	if (strlen(machine->state) + sizeof("/qmp.sock") >
	    sizeof(address->sun_path))
		return err_set(
			err, FAULT_INPUT,
			"state folder %s: its path is too long for a socket; use --state",
			machine->state);
	strv_add(argv, machine->program ? machine->program : program);
	add_board(machine, target, argv);
	add_boot(machine, argv);
	add_disks(machine, argv);
	add_network(machine, argv);
	add_control(machine, argv);
	return 0;
}
