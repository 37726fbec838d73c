/* SPDX-License-Identifier: Apache-2.0 */
/* A machine on HyperKit, for Macs with Intel processors. */
#include "cmd/lib/vm/hypervisor.h"

#include <stdarg.h>
#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/vm/helpers.h"

#define LAST_SLOT 30   /* 31 is the LPC bridge */
#define MAX_FORWARDS 4 /* of vsock ports */
#define FIRMWARE "/Applications/Docker.app/Contents/Resources/uefi/UEFI.fd"

/* The devices in their order; a place on the bus for each. */
struct slots {
	struct strv *argv;
	unsigned next;
};

PRINTF_LIKE(2, 3) static void plug(struct slots *slots, const char *fmt, ...)
{
	SCOPED_FREE char *device = NULL;
	va_list ap;

	va_start(ap, fmt);
	device = xvasprintf(fmt, ap);
	va_end(ap);
	recipe_option(slots->argv, "-s", "%u:0,%s", slots->next++, device);
}

static int add_vpnkit(const struct machine *machine, struct recipe *recipe,
		      char **ethernet, char **ports, struct err *err)
{
	SCOPED_FREE char *connect = xasprintf("%s/connect", machine->state);
	struct strv *argv;

	if (hypervisor_socket(machine, "vpnkit_eth.sock", ethernet, err) < 0 ||
	    hypervisor_socket(machine, "vpnkit_port.sock", ports, err) < 0)
		return -1;
	argv = recipe_add_helper(recipe, *ethernet);
	strv_add(argv, "vpnkit");
	recipe_option(argv, "--ethernet", "%s", *ethernet);
	recipe_option(argv, "--vsock-path", "%s", connect);
	recipe_option(argv, "--port", "%s", *ports);
	strv_add(&recipe->traces, *ports);
	return 0;
}

/* "ETHERNET-SOCKET[,PORT-SOCKET]" is a vpnkit that runs already. */
static void split_place(const char *place, char **ethernet, char **ports)
{
	size_t length = strcspn(place, ",");

	*ethernet = xstrndup(place, length);
	*ports = place[length] ? xstrdup(place + length + 1) : NULL;
}

static int add_network(const struct machine *machine, struct recipe *recipe,
		       struct slots *slots, char **ports, struct err *err)
{
	SCOPED_FREE char *path = NULL;

	switch ((unsigned)machine->net) {
	case MACHINE_NET_NONE:
		return 0;
	case MACHINE_NET_VMNET:
		plug(slots, "virtio-net");
		return 0;
	case MACHINE_NET_VPNKIT:
		if (machine->net_place)
			split_place(machine->net_place, &path, ports);
		else if (add_vpnkit(machine, recipe, &path, ports, err) < 0)
			return -1;
		plug(slots, "virtio-vpnkit,path=%s,uuid=%s", path,
		     machine->uuid);
		return 0;
	default:
		if (gvproxy_add(machine, recipe, GVPROXY_VPNKIT, &path, err) <
		    0)
			return -1;
		plug(slots, "virtio-vpnkit,path=%s,uuid=" GVPROXY_UUID, path);
		return 0;
	}
}

static void add_disk(struct slots *slots, const char *path,
		     enum machine_format format)
{
	if (format == MACHINE_FORMAT_QCOW2)
		plug(slots,
		     "virtio-blk,file://%s?sync=os&buffered=1,format=qcow,qcow-config=discard=true;compact_after_unmaps=0;keep_erased=0;runtime_asserts=false",
		     path);
	else
		plug(slots, "ahci-hd,%s", path);
}

static void add_disks(const struct machine *machine, struct slots *slots)
{
	if (machine->root)
		plug(slots, "virtio-blk,%s", machine->root);
	if (machine->image && !machine->image_is_cd)
		add_disk(slots, machine->image, machine->image_format);
	for (size_t i = 0; i < machine->disk_count; i++)
		add_disk(slots, machine->disks[i].path,
			 machine->disks[i].format);
}

static int add_vsock(const struct machine *machine, struct slots *slots,
		     struct recipe *recipe, struct err *err)
{
	SCOPED_FREE char *connect = xasprintf("%s/connect", machine->state);
	SCOPED_FREE char *forwards = xstrdup("");

	if (machine->vsock_port_count > MAX_FORWARDS)
		return err_set(err, FAULT_INPUT,
			       "--vsock-ports: hyperkit takes four at most");
	for (size_t i = 0; i < machine->vsock_port_count; i++) {
		char *longer = xasprintf("%s%s%u", forwards,
					 i == 0 ? ",guest_forwards=" : ";",
					 machine->vsock_ports[i]);

		free(forwards);
		forwards = longer;
	}
	plug(slots, "virtio-sock,guest_cid=%u,path=%s%s",
	     machine->vsock_cid ? machine->vsock_cid : 3, machine->state,
	     forwards);
	strv_add(&recipe->traces, connect);
	return 0;
}

static void add_cds(const struct machine *machine, struct slots *slots)
{
	if (machine->image && machine->image_is_cd)
		plug(slots, "ahci-cd,%s", machine->image);
	if (machine->metadata)
		plug(slots, "ahci-cd,%s", machine->metadata);
}

static int add_boot(const struct machine *machine, struct strv *argv,
		    struct err *err)
{
	if (machine->uefi) {
		recipe_option(argv, "-f", "bootrom,%s,,", machine->firmware);
		return 0;
	}
	if (strchr(machine->kernel, ',') ||
	    (machine->initrd && strchr(machine->initrd, ',')))
		return err_set(err, FAULT_INPUT,
			       "%s: hyperkit cannot be told of a comma",
			       machine->kernel);
	recipe_option(argv, "-f", "kexec,%s,%s,earlyprintk=serial %s",
		      machine->kernel, machine->initrd ? machine->initrd : "",
		      machine->cmdline);
	return 0;
}

/* A terminal that it makes is led to by a link. */
static void add_console(const struct machine *machine, struct recipe *recipe)
{
	SCOPED_FREE char *tty = xasprintf("%s/tty", machine->state);
	SCOPED_FREE char *kind = machine->console_file
					 ? xasprintf("autopty=%s", tty)
					 : xstrdup("stdio");

	recipe_option(&recipe->argv, "-l", "com1,%s,log=%s/console-ring", kind,
		      machine->state);
	if (machine->console_file)
		strv_add(&recipe->traces, tty);
}

static int describe(const struct machine *machine, struct recipe *recipe,
		    struct err *err)
{
	struct slots slots = { &recipe->argv, 1 };
	SCOPED_FREE char *ports = NULL;
	SCOPED_FREE char *pid = xasprintf("%s/hyperkit.pid", machine->state);
	struct strv *argv = &recipe->argv;

	strv_add(argv, machine->program);
	strv_add(argv, "-A");
	strv_add(argv, "-u");
	recipe_option(argv, "-F", "%s", pid);
	strv_add(&recipe->traces, pid);
	recipe_option(argv, "-c", "%u", machine->cpus);
	recipe_option(argv, "-m", "%lluM",
		      (unsigned long long)machine->memory_mib);
	recipe_option(argv, "-s", "0:0,hostbridge");
	recipe_option(argv, "-s", "31,lpc");
	if (add_network(machine, recipe, &slots, &ports, err) < 0)
		return -1;
	recipe_option(argv, "-U", "%s", machine->uuid);
	add_disks(machine, &slots);
	if (add_vsock(machine, &slots, recipe, err) < 0)
		return -1;
	add_cds(machine, &slots);
	plug(&slots, "virtio-rnd");
	if (ports)
		plug(&slots, "virtio-9p,path=%s,tag=port", ports);
	if (slots.next > LAST_SLOT + 1)
		return err_set(err, FAULT_INPUT,
			       "hyperkit has %d places for devices, not %u",
			       LAST_SLOT, slots.next - 1);
	add_console(machine, recipe);
	recipe->power = RECIPE_POWER_SIGNAL;
	return add_boot(machine, argv, err);
}

const struct hypervisor hypervisor_hyperkit = {
	.name = "hyperkit",
	.program = "hyperkit",
	.cure = "build it from source on a Mac with an Intel processor, or use `kitbuild run vz`",
	.console = "ttyS0",
	.arches = ARCH_AMD64,
	.not_on_apple_silicon = "vz",
	.boots = MACHINE_BOOT_KERNEL | MACHINE_BOOT_ROOT | MACHINE_BOOT_DISK |
		 MACHINE_BOOT_CD,
	.uefi_boots = MACHINE_BOOT_DISK | MACHINE_BOOT_CD,
	.can = CAN_PUBLISH | CAN_VSOCK | CAN_VSOCK_PORTS | CAN_METADATA |
	       CAN_UEFI | CAN_UUID | CAN_DISKS | CAN_CONSOLE_FILE,
	.nets = MACHINE_NET_NONE | MACHINE_NET_USER | MACHINE_NET_GVPROXY |
		MACHINE_NET_VMNET | MACHINE_NET_VPNKIT,
	.default_net = MACHINE_NET_USER,
	.publish_nets = MACHINE_NET_USER | MACHINE_NET_GVPROXY,
	.formats = MACHINE_FORMAT_RAW | MACHINE_FORMAT_QCOW2,
	.locks_disks = true,
	.absolute_paths = true,
	.firmware_kind = FIRMWARE_FILE,
	.firmware = FIRMWARE,
	.describe = describe,
};
