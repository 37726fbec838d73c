/* SPDX-License-Identifier: Apache-2.0 */
/* A machine on VirtualBox: commands that make it, start it and undo it. */
#include "cmd/lib/vm/hypervisor.h"

#include <stdarg.h>
#include <string.h>

#include "cmd/lib/base/mem.h"

#define NAME_CHARS 64

/* One that is being described. */
struct vbox {
	const struct machine *machine;
	struct recipe *recipe;
	char name[NAME_CHARS];
};

#define END ((const char *)NULL)

/* VBoxManage VERB NAME WORD..., until END */
static void collect(const struct vbox *vbox, struct strv *words,
		    const char *verb, va_list ap)
{
	const char *word;

	strv_add(words, vbox->machine->program);
	strv_add(words, verb);
	strv_add(words, vbox->name);
	while ((word = va_arg(ap, const char *)))
		strv_add(words, word);
}

static void before(struct vbox *vbox, const char *verb, ...)
{
	SCOPED(strv) words = { 0 };
	va_list ap;

	va_start(ap, verb);
	collect(vbox, &words, verb, ap);
	va_end(ap);
	recipe_add_before(vbox->recipe, (const char *const *)words.items);
}

static void after(struct vbox *vbox, const char *verb, ...)
{
	SCOPED(strv) words = { 0 };
	va_list ap;

	va_start(ap, verb);
	collect(vbox, &words, verb, ap);
	va_end(ap);
	recipe_add_after(vbox->recipe, (const char *const *)words.items);
}

/* What is attached is taken off again: unregistering deletes what is there. */
static void attach(struct vbox *vbox, const char *controller, size_t port,
		   const char *type, const char *file)
{
	SCOPED_FREE char *number = xasprintf("%zu", port);

	before(vbox, "storageattach", "--storagectl", controller, "--port",
	       number, "--device", "0", "--type", type, "--medium", file, END);
	after(vbox, "storageattach", "--storagectl", controller, "--port",
	      number, "--device", "0", "--medium", "none", END);
}

static void make(struct vbox *vbox, const char *console)
{
	const struct machine *machine = vbox->machine;
	SCOPED_FREE char *memory =
		xasprintf("%llu", (unsigned long long)machine->memory_mib);
	SCOPED_FREE char *cpus = xasprintf("%u", machine->cpus);
	const char *const words[] = {
		machine->program, "createvm",     "--name",   vbox->name,
		"--basefolder",   machine->state, "--ostype", "Linux26_64",
		"--register",     NULL,
	};

	recipe_add_before(vbox->recipe, words);
	before(vbox, "modifyvm", "--acpi", "on", "--ioapic", "on", "--memory",
	       memory, "--cpus", cpus, "--firmware",
	       machine->uefi ? "efi" : "bios", END);
	before(vbox, "modifyvm", "--uart1", "0x3F8", "4", "--uartmode1",
	       "client", console, END);
}

static void add_storage(struct vbox *vbox)
{
	const struct machine *machine = vbox->machine;
	bool cd = machine->image_is_cd;

	before(vbox, "storagectl", "--name", "IDE Controller", "--add", "ide",
	       END);
	attach(vbox, "IDE Controller", 1, cd ? "dvddrive" : "hdd",
	       machine->image);
	if (machine->metadata)
		attach(vbox, "IDE Controller", 0, "dvddrive",
		       machine->metadata);
	before(vbox, "modifyvm", "--boot1", cd ? "dvd" : "disk", END);
	if (machine->disk_count == 0)
		return;
	before(vbox, "storagectl", "--name", "SATA", "--add", "sata", END);
	for (size_t i = 0; i < machine->disk_count; i++)
		attach(vbox, "SATA", i, "hdd", machine->disks[i].path);
}

/* VirtualBox has no colons in an address. */
static void plain_mac(const char *mac, char *plain)
{
	for (; *mac; mac++)
		if (*mac != ':')
			*plain++ = *mac;
	*plain = '\0';
}

static void add_network(struct vbox *vbox)
{
	const struct machine *machine = vbox->machine;
	char mac[sizeof(machine->mac)];

	plain_mac(machine->mac, mac);
	if (machine->net == MACHINE_NET_NONE) {
		before(vbox, "modifyvm", "--nic1", "none", END);
		return;
	}
	before(vbox, "modifyvm", "--nictype1", "virtio", "--nic1",
	       machine->net == MACHINE_NET_BRIDGE ? "bridged" : "nat",
	       "--cableconnected1", "on", "--macaddress1", mac, END);
	if (machine->net == MACHINE_NET_BRIDGE)
		before(vbox, "modifyvm", "--bridgeadapter1",
		       machine->net_place ? machine->net_place : "eth0", END);
	for (size_t i = 0; i < machine->publish_count; i++) {
		const struct machine_publish *publish = &machine->publishes[i];
		SCOPED_FREE char *rule = xasprintf(
			"port%zu,%s,%s,%u,,%u", i, publish->udp ? "udp" : "tcp",
			publish->host_address, publish->host_port,
			publish->guest_port);

		before(vbox, "modifyvm", "--natpf1", rule, END);
	}
}

static int describe(const struct machine *machine, struct recipe *recipe,
		    struct err *err)
{
	struct vbox vbox = { .machine = machine, .recipe = recipe };
	const char *const button[] = {
		machine->program,  "controlvm", vbox.name,
		"acpipowerbutton", NULL,
	};

	snprintf(vbox.name, sizeof(vbox.name), "kitbuild-%.36s", machine->uuid);
	if (hypervisor_console_socket(machine, recipe, err) < 0)
		return -1;
	after(&vbox, "controlvm", "poweroff", END);
	make(&vbox, recipe->console);
	add_storage(&vbox);
	add_network(&vbox);
	before(&vbox, "startvm", "--type", machine->gui ? "gui" : "headless",
	       END);
	after(&vbox, "unregistervm", "--delete", END);
	recipe_set_button(recipe, button);
	recipe->undo_first = true;
	return 0;
}

const struct hypervisor hypervisor_vbox = {
	.name = "vbox",
	.alias = "virtualbox",
	.program = "VBoxManage",
	.cure = "install VirtualBox",
	.console = "ttyS0",
	.arches = ARCH_AMD64,
	.not_on_apple_silicon = "vz",
	.boots = MACHINE_BOOT_DISK | MACHINE_BOOT_CD,
	.can = CAN_PUBLISH | CAN_METADATA | CAN_UEFI | CAN_GUI | CAN_DISKS,
	.nets = MACHINE_NET_NONE | MACHINE_NET_USER | MACHINE_NET_BRIDGE,
	.default_net = MACHINE_NET_USER,
	.publish_nets = MACHINE_NET_USER,
	.formats =
		MACHINE_FORMAT_VDI | MACHINE_FORMAT_VMDK | MACHINE_FORMAT_VHD,
	.firmware_kind = FIRMWARE_OWN,
	.absolute_paths = true,
	.describe = describe,
};
