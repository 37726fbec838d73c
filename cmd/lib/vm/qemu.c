/* SPDX-License-Identifier: Apache-2.0 */
/* A machine as QEMU's arguments. */
#include "cmd/lib/vm/qemu.h"

#include <stdarg.h>
#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/vm/helpers.h"
#include "cmd/lib/vm/hypervisor.h"

struct target {
	const char *arch;
	const char *program;
	const char *board;
	const char *cpu; /* all that can be emulated */
};

/*
 * What arm64 signs its pointers with takes nine tenths of the time to emulate,
 * unless QEMU may use a hash of its own.
 */
static const struct target targets[] = {
	{ "amd64", "qemu-system-x86_64", "q35", "max" },
	{ "arm64", "qemu-system-aarch64", "virt,gic-version=max",
	  "max,pauth-impdef=on" },
	{ "riscv64", "qemu-system-riscv64", "virt", "rv64" },
};

static const struct target *find_target(const char *arch)
{
	for (size_t i = 0; i < ARRAY_LEN(targets); i++)
		if (strcmp(arch, targets[i].arch) == 0)
			return &targets[i];
	return NULL;
}

const char *qemu_program(const char *arch)
{
	const struct target *target = find_target(arch);

	return target ? target->program : NULL;
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

/* virtiofsd reads and writes the guest's memory; 9p has no need for it. */
static bool uses_virtiofs(const struct machine *machine,
			  const struct machine_share *share)
{
	return machine->virtiofsd && !share->read_only;
}

static bool shares_memory(const struct machine *machine)
{
	for (size_t i = 0; i < machine->share_count; i++)
		if (uses_virtiofs(machine, &machine->shares[i]))
			return true;
	return false;
}

static bool is_emulated(const struct machine *machine)
{
	return machine->accel == MACHINE_ACCEL_TCG ||
	       machine->accel == MACHINE_ACCEL_AUTO;
}

/*
 * With ACPI a microvm tells the kernel that the old timer is not there, and an
 * emulated one has no other.
 */
static bool lacks_acpi(const struct machine *machine)
{
	return machine->microvm && is_emulated(machine);
}

static const char *board_of(const struct machine *machine,
			    const struct target *target)
{
	if (!machine->microvm)
		return target->board;
	return lacks_acpi(machine) ? "microvm,rtc=on,acpi=off"
				   : "microvm,rtc=on";
}

static void add_board(const struct machine *machine,
		      const struct target *target, struct strv *argv)
{
	strv_add(argv, "-machine");
	strv_add_fmt(argv, "%s,accel=%s%s", board_of(machine, target),
		     accel_name(machine->accel),
		     shares_memory(machine) ? ",memory-backend=memory" : "");
	if (machine->microvm) /* firmware hangs on the older kind of device */
		add(argv, "-global", "virtio-mmio.force-legacy=false");
	add(argv, "-cpu", is_emulated(machine) ? target->cpu : "host");
	strv_add(argv, "-smp");
	strv_add_fmt(argv, "%u", machine->cpus);
	strv_add(argv, "-m");
	strv_add_fmt(argv, "%llu", (unsigned long long)machine->memory_mib);
	if (shares_memory(machine))
		recipe_option(
			argv, "-object",
			"memory-backend-memfd,id=memory,size=%lluM,share=on",
			(unsigned long long)machine->memory_mib);
	strv_add(argv, "-nodefaults");
	strv_add(argv, "-no-user-config");
	if (machine->gui)
		add(argv, "-vga", "std");
	else
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
		      enum machine_format format)
{
	SCOPED_FREE char *file = escaped(path);

	strv_add(argv, "-drive");
	strv_add_fmt(argv,
		     "if=none,id=%s,file=%s,format=%s,discard=unmap,"
		     "cache=writeback",
		     id, file, machine_format_name(format));
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

static void add_flash(struct strv *argv, unsigned unit, const char *path,
		      const char *more)
{
	SCOPED_FREE char *file = escaped(path);

	recipe_option(argv, "-drive", "if=pflash,unit=%u,format=raw,file=%s%s",
		      unit, file, more);
}

static void add_firmware(const struct machine *machine, struct strv *argv)
{
	if (machine->firmware && machine->firmware_vars) {
		add_flash(argv, 0, machine->firmware, ",readonly=on");
		add_flash(argv, 1, machine->firmware_vars, "");
	} else if (machine->firmware) {
		add(argv, "-bios", machine->firmware);
	}
}

static void add_boot(const struct machine *machine, struct strv *argv)
{
	add_firmware(machine, argv);
	if (machine->image && machine->image_is_cd) {
		add_cd(machine, argv, "boot", machine->image);
	} else if (machine->image) {
		add_drive(argv, "boot", machine->image, machine->image_format);
		add_device(machine, argv, "blk", "drive=boot,bootindex=0");
	} else {
		add(argv, "-kernel", machine->kernel);
	}
	if (machine->root) {
		SCOPED_FREE char *file = escaped(machine->root);

		recipe_option(argv, "-drive",
			      "if=none,id=root,file=%s,format=raw,readonly=on",
			      file);
		add_device(machine, argv, "blk", "drive=root");
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

static char *user_netdev(const struct machine *machine)
{
	char *netdev = xstrdup("user,id=net0");

	for (size_t i = 0; i < machine->publish_count; i++) {
		const struct machine_publish *publish = &machine->publishes[i];
		char *longer = xasprintf(
			"%s,hostfwd=%s:%s:%u-:%u", netdev,
			publish->udp ? "udp" : "tcp", publish->host_address,
			publish->host_port, publish->guest_port);

		free(netdev);
		netdev = longer;
	}
	return netdev;
}

/* A helper's socket carries the frames. */
static int stream_netdev(const struct machine *machine, struct recipe *recipe,
			 char **netdev, struct err *err)
{
	SCOPED_FREE char *path = NULL;
	SCOPED_FREE char *safe = NULL;

	if (machine->net == MACHINE_NET_PASST) {
		if (passt_add(machine, recipe, &path, err) < 0)
			return -1;
	} else if (gvproxy_add(machine, recipe, GVPROXY_QEMU, &path, err) < 0) {
		return -1;
	}
	safe = escaped(path);
	*netdev = xasprintf(
		"stream,id=net0,server=off,addr.type=unix,addr.path=%s", safe);
	return 0;
}

static int make_netdev(const struct machine *machine, struct recipe *recipe,
		       char **netdev, struct err *err)
{
	SCOPED_FREE char *place =
		escaped(machine->net_place ? machine->net_place : "");

	if (machine->net == MACHINE_NET_BRIDGE)
		*netdev = xasprintf("bridge,id=net0,br=%s",
				    *place ? place : "br0");
	else if (machine->net == MACHINE_NET_TAP)
		*netdev = xasprintf(
			"tap,id=net0,ifname=%s,script=no,downscript=no",
			*place ? place : "tap0");
	else if (machine->net == MACHINE_NET_USER)
		*netdev = user_netdev(machine);
	else
		return stream_netdev(machine, recipe, netdev, err);
	return 0;
}

static int add_network(const struct machine *machine, struct recipe *recipe,
		       struct err *err)
{
	struct strv *argv = &recipe->argv;
	SCOPED_FREE char *netdev = NULL;

	if (machine->net == MACHINE_NET_NONE) {
		add(argv, "-nic", "none");
		return 0;
	}
	if (make_netdev(machine, recipe, &netdev, err) < 0)
		return -1;
	add(argv, "-netdev", netdev);
	add_device(machine, argv, "net", "netdev=net0,mac=%s",
		   machine->net == MACHINE_NET_GVPROXY ? GVPROXY_MAC
						       : machine->mac);
	return 0;
}

static int add_virtiofs(const struct machine *machine, size_t number,
			struct recipe *recipe, struct err *err)
{
	const struct machine_share *share = &machine->shares[number];
	SCOPED_FREE char *path = NULL;
	SCOPED_FREE char *safe = NULL;

	if (virtiofsd_add(machine, number, recipe, &path, err) < 0)
		return -1;
	safe = escaped(path);
	recipe_option(&recipe->argv, "-chardev", "socket,id=share%zu,path=%s",
		      number, safe);
	recipe_option(&recipe->argv, "-device",
		      "vhost-user-fs-%s,chardev=share%zu,tag=%s",
		      machine->microvm ? "device" : "pci", number, share->tag);
	return 0;
}

static void add_9p(const struct machine *machine, size_t number,
		   struct strv *argv)
{
	const struct machine_share *share = &machine->shares[number];
	SCOPED_FREE char *folder = escaped(share->folder);

	recipe_option(
		argv, "-fsdev",
		"local,id=share%zu,path=%s,security_model=none,multidevs=remap%s",
		number, folder, share->read_only ? ",readonly=on" : "");
	add_device(machine, argv, "9p", "fsdev=share%zu,mount_tag=%s", number,
		   share->tag);
}

static int add_shares(const struct machine *machine, struct recipe *recipe,
		      struct err *err)
{
	for (size_t i = 0; i < machine->share_count; i++) {
		if (!uses_virtiofs(machine, &machine->shares[i]))
			add_9p(machine, i, &recipe->argv);
		else if (add_virtiofs(machine, i, recipe, err) < 0)
			return -1;
	}
	return 0;
}

static void add_extras(const struct machine *machine, struct strv *argv)
{
	add(argv, "-object", "rng-random,id=rng0,filename=/dev/urandom");
	add_device(machine, argv, "rng", "rng=rng0");
	add_device(machine, argv, "balloon", "free-page-reporting=on");
	if (machine->vsock_cid)
		recipe_option(argv, "-device", "vhost-vsock-%s,guest-cid=%u",
			      machine->microvm ? "device" : "pci",
			      machine->vsock_cid);
	if (machine->usb)
		add(argv, "-device", "qemu-xhci");
	for (size_t i = 0; i < machine->devices.count; i++)
		add(argv, "-device", machine->devices.items[i]);
}

static int add_control(const struct machine *machine, struct recipe *recipe,
		       struct err *err)
{
	struct strv *argv = &recipe->argv;
	SCOPED_FREE char *safe = NULL;
	SCOPED_FREE char *pid = xasprintf("%s/qemu.pid", machine->state);

	if (hypervisor_socket(machine, "qmp.sock", &recipe->control, err) < 0)
		return -1;
	safe = escaped(recipe->control);
	/* Keys are the guest's, Ctrl-C too. */
	add(argv, "-chardev", "stdio,id=console,signal=off");
	add(argv, "-serial", "chardev:console");
	recipe_option(argv, "-qmp", "unix:%s,server=on,wait=off", safe);
	if (machine->qmp) {
		SCOPED_FREE char *more = escaped(machine->qmp);

		recipe_option(argv, "-qmp", "unix:%s,server=on,wait=off", more);
		strv_add(&recipe->traces, machine->qmp);
	}
	add(argv, "-pidfile", pid);
	recipe->power =
		lacks_acpi(machine) ? RECIPE_POWER_NONE : RECIPE_POWER_QMP;
	recipe->halts = lacks_acpi(machine);
	strv_add(&recipe->traces, recipe->control);
	strv_add(&recipe->traces, pid);
	return 0;
}

static int describe(const struct machine *machine, struct recipe *recipe,
		    struct err *err)
{
	const struct target *target = find_target(machine->arch);
	struct strv *argv = &recipe->argv;

	if (!target)
		return err_set(err, FAULT_INPUT, "no QEMU for %s",
			       machine->arch);
	if (machine->microvm && (strcmp(machine->arch, "amd64") != 0 ||
				 !(machine_boot(machine) &
				   (MACHINE_BOOT_KERNEL | MACHINE_BOOT_ROOT))))
		return err_set(
			err, FAULT_INPUT,
			"--machine microvm starts a kernel for amd64 only");
	strv_add(argv, machine->program);
	add_board(machine, target, argv);
	add_boot(machine, argv);
	add_disks(machine, argv);
	if (add_network(machine, recipe, err) < 0 ||
	    add_shares(machine, recipe, err) < 0)
		return -1;
	add_extras(machine, argv);
	return add_control(machine, recipe, err);
}

const struct hypervisor hypervisor_qemu = {
	.name = "qemu",
	.cure = "install QEMU (Debian: qemu-system-x86 or qemu-system-arm; Homebrew: qemu)",
	.arm64_console = "ttyAMA0",
	.arches = ARCH_AMD64 | ARCH_ARM64 | ARCH_RISCV64,
	.emulates = true,
	.boots = MACHINE_BOOT_KERNEL | MACHINE_BOOT_ROOT | MACHINE_BOOT_UKI |
		 MACHINE_BOOT_DISK | MACHINE_BOOT_CD,
	.uefi_boots = MACHINE_BOOT_UKI,
	.can = CAN_PUBLISH | CAN_SHARE | CAN_SHARE_READ_ONLY | CAN_VSOCK |
	       CAN_METADATA | CAN_UEFI | CAN_GUI | CAN_USB | CAN_DEVICE |
	       CAN_MICROVM | CAN_ACCEL | CAN_UUID | CAN_DISKS | CAN_QMP,
	.nets = MACHINE_NET_NONE | MACHINE_NET_USER | MACHINE_NET_BRIDGE |
		MACHINE_NET_TAP | MACHINE_NET_PASST | MACHINE_NET_GVPROXY,
	.default_net = MACHINE_NET_USER,
	.publish_nets =
		MACHINE_NET_USER | MACHINE_NET_PASST | MACHINE_NET_GVPROXY,
	.formats = MACHINE_FORMAT_RAW | MACHINE_FORMAT_QCOW2 |
		   MACHINE_FORMAT_VMDK | MACHINE_FORMAT_VDI |
		   MACHINE_FORMAT_VHD | MACHINE_FORMAT_VHDX,
	.vhost_vsock = true,
	.firmware_kind = FIRMWARE_FLASH,
	.describe = describe,
};
