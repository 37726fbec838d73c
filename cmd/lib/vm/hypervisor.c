/* SPDX-License-Identifier: Apache-2.0 */
/* Which hypervisors there are, and whether a machine fits one. */
#include "cmd/lib/vm/hypervisor.h"

#include <string.h>
#include <sys/un.h>
#include <sys/utsname.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/vm/qemu.h"

static const struct hypervisor *const hypervisors[] = {
	&hypervisor_qemu,
	&hypervisor_vz,
	&hypervisor_hyperkit,
	&hypervisor_firecracker,
	&hypervisor_cloud_hypervisor,
	&hypervisor_crosvm,
	&hypervisor_vbox,
	&hypervisor_vmware,
};

struct host host_this(void)
{
	static const struct {
		const char *said, *name;
	} arches[] = {
		{ "x86_64", "amd64" },
		{ "aarch64", "arm64" },
		{ "arm64", "arm64" },
		{ "riscv64", "riscv64" },
	};
	struct utsname said;
	struct host host = { "linux", "unknown" };

	if (uname(&said) < 0)
		return host;
	if (strcmp(said.sysname, "Darwin") == 0)
		host.os = "darwin";
	for (size_t i = 0; i < ARRAY_LEN(arches); i++)
		if (strcmp(said.machine, arches[i].said) == 0)
			host.arch = arches[i].name;
	return host;
}

int hypervisor_find(const struct hypervisor **found, const char *name,
		    const struct host *host, struct err *err)
{
	SCOPED(buf) names = { 0 };

	*found = strcmp(host->os, "darwin") == 0 ? &hypervisor_vz
						 : &hypervisor_qemu;
	if (!name)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(hypervisors); i++) {
		*found = hypervisors[i];
		if (strcmp(name, (*found)->name) == 0 ||
		    ((*found)->alias && strcmp(name, (*found)->alias) == 0))
			return 0;
		buf_add_fmt(&names, "%s%s",
			    i == 0                            ? ""
			    : i == ARRAY_LEN(hypervisors) - 1 ? " and "
							      : ", ",
			    (*found)->name);
	}
	return err_set(err, FAULT_INPUT,
		       "unknown hypervisor '%s'; there are %s", name,
		       buf_text(&names));
}

static bool has_share(const struct machine *machine)
{
	return machine->share_count > 0;
}

static bool has_read_only_share(const struct machine *machine)
{
	for (size_t i = 0; i < machine->share_count; i++)
		if (machine->shares[i].read_only)
			return true;
	return false;
}

static bool has_publish(const struct machine *machine)
{
	return machine->publish_count > 0;
}

static bool has_vsock(const struct machine *machine)
{
	return machine->vsock_cid != 0;
}

static bool has_vsock_ports(const struct machine *machine)
{
	return machine->vsock_port_count > 0;
}

static bool has_metadata(const struct machine *machine)
{
	return machine->metadata != NULL;
}

static bool has_uefi(const struct machine *machine)
{
	return machine->uefi;
}

static bool has_gui(const struct machine *machine)
{
	return machine->gui;
}

static bool has_usb(const struct machine *machine)
{
	return machine->usb;
}

static bool has_device(const struct machine *machine)
{
	return machine->devices.count > 0;
}

static bool has_rosetta(const struct machine *machine)
{
	return machine->rosetta;
}

static bool has_microvm(const struct machine *machine)
{
	return machine->microvm;
}

static bool has_accel(const struct machine *machine)
{
	return machine->accel != MACHINE_ACCEL_AUTO;
}

static bool has_qmp(const struct machine *machine)
{
	return machine->qmp != NULL;
}

static bool has_console_file(const struct machine *machine)
{
	return machine->console_file;
}

static bool has_uuid(const struct machine *machine)
{
	return machine->uuid[0] != '\0';
}

static bool has_disk(const struct machine *machine)
{
	return machine->disk_count > 0;
}

/* What is not for all, and how a machine shows that it is asked for. */
static const struct wish {
	enum hypervisor_can can;
	const char *option;
	bool (*is_asked)(const struct machine *machine);
} wishes[] = {
	{ CAN_PUBLISH, "--publish", has_publish },
	{ CAN_SHARE, "--share", has_share },
	{ CAN_SHARE_READ_ONLY, "--share with :ro", has_read_only_share },
	{ CAN_VSOCK, "--vsock", has_vsock },
	{ CAN_VSOCK_PORTS, "--vsock-ports", has_vsock_ports },
	{ CAN_METADATA, "--data", has_metadata },
	{ CAN_UEFI, "--uefi", has_uefi },
	{ CAN_GUI, "--gui", has_gui },
	{ CAN_USB, "--usb", has_usb },
	{ CAN_DEVICE, "--device", has_device },
	{ CAN_ROSETTA, "--rosetta", has_rosetta },
	{ CAN_MICROVM, "--machine microvm", has_microvm },
	{ CAN_ACCEL, "--accel", has_accel },
	{ CAN_UUID, "--uuid", has_uuid },
	{ CAN_QMP, "--qmp", has_qmp },
	{ CAN_DISKS, "--disk", has_disk },
	{ CAN_CONSOLE_FILE, "--console-file", has_console_file },
};

static int refuse_wish(const struct hypervisor *hypervisor,
		       const struct wish *wish, struct err *err)
{
	SCOPED(buf) others = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(hypervisors); i++)
		if (hypervisors[i]->can & (unsigned)wish->can)
			buf_add_fmt(&others, "%s%s", others.size ? ", " : "",
				    hypervisors[i]->name);
	return err_set(err, FAULT_INPUT,
		       "%s is not to be had with %s; it is with %s",
		       wish->option, hypervisor->name, buf_text(&others));
}

static int check_wishes(const struct hypervisor *hypervisor,
			const struct machine *machine, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(wishes); i++)
		if (wishes[i].is_asked(machine) &&
		    !(hypervisor->can & (unsigned)wishes[i].can))
			return refuse_wish(hypervisor, &wishes[i], err);
	return 0;
}

static const struct {
	enum machine_boot boot;
	const char *name;
} boots[] = {
	{ MACHINE_BOOT_KERNEL, "kernel and initrd" },
	{ MACHINE_BOOT_ROOT, "a kernel with a root file system" },
	{ MACHINE_BOOT_UKI, "a unified kernel image" },
	{ MACHINE_BOOT_DISK, "a disk" },
	{ MACHINE_BOOT_CD, "a CD" },
};

static int check_boot(const struct hypervisor *hypervisor,
		      const struct machine *machine, struct err *err)
{
	SCOPED(buf) others = { 0 };
	const char *wanted = "";
	enum machine_boot boot = machine_boot(machine);

	for (size_t i = 0; i < ARRAY_LEN(boots); i++) {
		if (boots[i].boot == boot)
			wanted = boots[i].name;
		if (hypervisor->boots & (unsigned)boots[i].boot)
			buf_add_fmt(&others, "%s%s", others.size ? ", " : "",
				    boots[i].name);
	}
	if (!(hypervisor->boots & (unsigned)boot))
		return err_set(err, FAULT_INPUT,
			       "%s does not start %s; it starts %s",
			       hypervisor->name, wanted, buf_text(&others));
	return 0;
}

/* Only QEMU's firmware takes a kernel from outside. */
static int check_uefi(const struct hypervisor *hypervisor,
		      const struct machine *machine, struct err *err)
{
	if (!machine->uefi || machine->image ||
	    hypervisor->firmware_kind == FIRMWARE_FLASH)
		return 0;
	return err_set(err, FAULT_INPUT,
		       "--uefi with %s starts disks and CDs only",
		       hypervisor->name);
}

static int check_formats(const struct hypervisor *hypervisor,
			 const struct machine *machine, struct err *err)
{
	if (machine->image && !machine->image_is_cd &&
	    !(hypervisor->formats & (unsigned)machine->image_format))
		return err_set(
			err, FAULT_INPUT,
			"%s: %s does not read disks of format %s; build another with -f",
			machine->image, hypervisor->name,
			machine_format_name(machine->image_format));
	for (size_t i = 0; i < machine->disk_count; i++)
		if (!(hypervisor->formats & (unsigned)machine->disks[i].format))
			return err_set(
				err, FAULT_INPUT,
				"disk %s: %s does not read disks of format %s",
				machine->disks[i].path, hypervisor->name,
				machine_format_name(machine->disks[i].format));
	return 0;
}

static int check_net(const struct hypervisor *hypervisor,
		     const struct machine *machine, struct err *err)
{
	SCOPED(buf) others = { 0 };

	for (unsigned net = 1; net <= MACHINE_NET_VPNKIT; net <<= 1)
		if (hypervisor->nets & net)
			buf_add_fmt(&others, "%s%s", others.size ? ", " : "",
				    machine_net_name((enum machine_net)net));
	if (!(hypervisor->nets & (unsigned)machine->net))
		return err_set(err, FAULT_INPUT,
			       "--net %s is not to be had with %s; there is %s",
			       machine_net_name(machine->net), hypervisor->name,
			       buf_text(&others));
	if (machine->publish_count > 0 &&
	    !(hypervisor->publish_nets & (unsigned)machine->net))
		return err_set(err, FAULT_INPUT,
			       "--publish does not go with --net %s on %s",
			       machine_net_name(machine->net),
			       hypervisor->name);
	return 0;
}

static unsigned arch_bit(const char *arch)
{
	static const struct {
		const char *name;
		enum hypervisor_arch arch;
	} names[] = {
		{ "amd64", ARCH_AMD64 },
		{ "arm64", ARCH_ARM64 },
		{ "riscv64", ARCH_RISCV64 },
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(arch, names[i].name) == 0)
			return (unsigned)names[i].arch;
	return 0;
}

bool hypervisor_wants_plain(const struct hypervisor *hypervisor,
			    const struct machine *machine)
{
	return (hypervisor->plain_kernel & arch_bit(machine->arch)) != 0;
}

/* Without this word the guest would write where nobody reads. */
static void add_console_word(const struct hypervisor *hypervisor,
			     struct machine *machine)
{
	const char *console = strcmp(machine->arch, "arm64") == 0
				      ? hypervisor->arm64_console
				      : hypervisor->console;
	SCOPED_FREE char *word = NULL;
	SCOPED(strv) words = { 0 };
	char *longer;

	if (!machine->cmdline || !console)
		return;
	word = xasprintf("console=%s", console);
	strv_split(&words, machine->cmdline, ' ');
	for (size_t i = 0; i < words.count; i++)
		if (strncmp(words.items[i], word, strlen(word)) == 0)
			return;
	longer = xasprintf("%s%s%s", machine->cmdline,
			   *machine->cmdline ? " " : "", word);
	free(machine->cmdline);
	machine->cmdline = longer;
}

/* A BIOS is there on PCs only. */
static bool needs_uefi(const struct hypervisor *hypervisor,
		       const struct machine *machine)
{
	return (hypervisor->uefi_boots & (unsigned)machine_boot(machine)) ||
	       (machine->image && strcmp(machine->arch, "amd64") != 0);
}

int hypervisor_fit(const struct hypervisor *hypervisor, struct machine *machine,
		   struct err *err)
{
	const char *program = hypervisor->program ? hypervisor->program
						  : qemu_program(machine->arch);

	if (!(hypervisor->arches & arch_bit(machine->arch)) || !program)
		return err_set(err, FAULT_INPUT,
			       "no machine for architecture '%s' with %s",
			       machine->arch, hypervisor->name);
	if (machine->net == MACHINE_NET_DEFAULT)
		machine->net = hypervisor->default_net;
	if (!machine->program)
		machine->program = xstrdup(program);
	if (needs_uefi(hypervisor, machine))
		machine->uefi = true;
	add_console_word(hypervisor, machine);
	if (check_boot(hypervisor, machine, err) < 0 ||
	    check_wishes(hypervisor, machine, err) < 0 ||
	    check_uefi(hypervisor, machine, err) < 0 ||
	    check_formats(hypervisor, machine, err) < 0)
		return -1;
	return check_net(hypervisor, machine, err);
}

int hypervisor_check_host(const struct hypervisor *hypervisor,
			  const struct machine *machine,
			  const struct host *host, struct err *err)
{
	if (hypervisor->not_on_apple_silicon &&
	    strcmp(host->os, "darwin") == 0 && strcmp(host->arch, "arm64") == 0)
		return err_set(
			err, FAULT_INPUT,
			"%s does not run on Apple silicon; use `kitbuild run %s`",
			hypervisor->name, hypervisor->not_on_apple_silicon);
	if (!hypervisor->emulates && strcmp(machine->arch, host->arch) != 0)
		return err_set(
			err, FAULT_INPUT,
			"%s runs guests of this machine's architecture only (%s, not %s); qemu emulates others",
			hypervisor->name, host->arch, machine->arch);
	if (machine->vsock_cid && hypervisor->vhost_vsock &&
	    access("/dev/vhost-vsock", R_OK | W_OK) < 0)
		return err_sys(
			err,
			"--vsock needs /dev/vhost-vsock (module vhost_vsock)");
	return 0;
}

int hypervisor_socket(const struct machine *machine, const char *name,
		      char **path, struct err *err)
{
	const struct sockaddr_un *address = NULL;

	free(*path);
	*path = xasprintf("%s/%s", machine->state, name);
	if (strlen(*path) < sizeof(address->sun_path))
		return 0;
	return err_set(
		err, FAULT_INPUT,
		"state folder %s: its path is too long for a socket; use --state",
		machine->state);
}

int hypervisor_console_socket(const struct machine *machine,
			      struct recipe *recipe, struct err *err)
{
	if (hypervisor_socket(machine, "console.sock", &recipe->console, err) <
	    0)
		return -1;
	strv_add(&recipe->traces, recipe->console);
	return 0;
}
