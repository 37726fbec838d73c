/* SPDX-License-Identifier: Apache-2.0 */
/* A machine on macOS's Virtualization.framework, through vfkit. */
#include "cmd/lib/vm/hypervisor.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/vm/helpers.h"

/* vfkit has no way to write a comma within a value. */
static int device(struct recipe *recipe, struct err *err, const char *fmt,
		  const char *path, const char *rest)
{
	if (strchr(path, ',') || strchr(rest, ','))
		return err_set(err, FAULT_INPUT,
			       "%s%s: vfkit cannot be told of a comma", path,
			       rest);
	strv_add(&recipe->argv, "--device");
	strv_add_fmt(&recipe->argv, "%s%s%s", fmt, path, rest);
	return 0;
}

static int add_bootloader(const struct machine *machine, struct strv *argv,
			  struct err *err)
{
	if (machine->image) {
		recipe_option(argv, "--bootloader",
			      "efi,variable-store=%s/efi-variables,create",
			      machine->state);
		return 0;
	}
	if (strchr(machine->kernel, ',') || strchr(machine->initrd, ','))
		return err_set(err, FAULT_INPUT,
			       "%s: vfkit cannot be told of a comma",
			       machine->kernel);
	/* Within the quotes commas and blanks are plain. */
	if (strchr(machine->cmdline, '"'))
		return err_set(
			err, FAULT_INPUT,
			"vfkit cannot be told of a double quote in the command line");
	recipe_option(argv, "--bootloader",
		      "linux,kernel=%s,initrd=%s,cmdline=\"%s\"",
		      machine->kernel, machine->initrd, machine->cmdline);
	return 0;
}

static int add_disks(const struct machine *machine, struct recipe *recipe,
		     struct err *err)
{
	if (machine->image &&
	    device(recipe, err,
		   machine->image_is_cd ? "usb-mass-storage,readonly,path="
					: "virtio-blk,path=",
		   machine->image, "") < 0)
		return -1;
	for (size_t i = 0; i < machine->disk_count; i++)
		if (device(recipe, err,
			   "virtio-blk,path=", machine->disks[i].path, "") < 0)
			return -1;
	if (!machine->metadata)
		return 0;
	return device(recipe, err,
		      "virtio-blk,readonly,path=", machine->metadata, "");
}

/* macOS's own network cannot publish ports. */
static int add_network(const struct machine *machine, struct recipe *recipe,
		       struct err *err)
{
	SCOPED_FREE char *path = NULL;

	if (machine->net == MACHINE_NET_NONE)
		return 0;
	if (machine->net == MACHINE_NET_VMNET ||
	    (machine->net == MACHINE_NET_USER && machine->publish_count == 0)) {
		recipe_option(&recipe->argv, "--device",
			      "virtio-net,nat,mac=%s", machine->mac);
		return 0;
	}
	if (gvproxy_add(machine, recipe, GVPROXY_VFKIT, &path, err) < 0)
		return -1;
	recipe_option(&recipe->argv, "--device",
		      "virtio-net,unixSocketPath=%s,mac=" GVPROXY_MAC, path);
	return 0;
}

static int add_shares(const struct machine *machine, struct recipe *recipe,
		      struct err *err)
{
	for (size_t i = 0; i < machine->share_count; i++) {
		const struct machine_share *share = &machine->shares[i];

		if (strchr(share->folder, ','))
			return err_set(err, FAULT_INPUT,
				       "%s: vfkit cannot be told of a comma",
				       share->folder);
		recipe_option(&recipe->argv, "--device",
			      "virtio-fs,sharedDir=%s,mountTag=%s",
			      share->folder, share->tag);
	}
	if (machine->rosetta)
		recipe_option(&recipe->argv, "--device",
			      "rosetta,mountTag=rosetta");
	return 0;
}

/* A connection to the socket becomes one to the guest's port. */
static int add_vsock(const struct machine *machine, struct recipe *recipe,
		     struct err *err)
{
	if (machine->vsock_cid && machine->vsock_port_count == 0)
		return err_set(err, FAULT_INPUT,
			       "--vsock with vz needs --vsock-ports");
	for (size_t i = 0; i < machine->vsock_port_count; i++) {
		SCOPED_FREE char *name =
			xasprintf("vsock-%u.sock", machine->vsock_ports[i]);
		SCOPED_FREE char *path = NULL;

		if (hypervisor_socket(machine, name, &path, err) < 0)
			return -1;
		recipe_option(&recipe->argv, "--device",
			      "virtio-vsock,port=%u,socketURL=%s,connect",
			      machine->vsock_ports[i], path);
		strv_add(&recipe->traces, path);
	}
	return 0;
}

static int add_control(const struct machine *machine, struct recipe *recipe,
		       struct err *err)
{
	SCOPED_FREE char *pid = xasprintf("%s/vfkit.pid", machine->state);

	if (hypervisor_socket(machine, "vfkit.sock", &recipe->control, err) < 0)
		return -1;
	recipe_option(&recipe->argv, "--restful-uri", "unix://%s",
		      recipe->control);
	recipe_option(&recipe->argv, "--pidfile", "%s", pid);
	if (machine->gui) {
		recipe_option(&recipe->argv, "--device", "virtio-gpu");
		recipe_option(&recipe->argv, "--device",
			      "virtio-input,keyboard");
		recipe_option(&recipe->argv, "--device",
			      "virtio-input,pointing");
		strv_add(&recipe->argv, "--gui");
	}
	recipe->power = RECIPE_POWER_REQUEST;
	recipe->button = (struct recipe_request){
		.socket = xstrdup(recipe->control),
		.method = xstrdup("POST"),
		.path = xstrdup("/vm/state"),
		.body = xstrdup("{\"state\":\"Stop\"}"),
	};
	strv_add(&recipe->traces, recipe->control);
	strv_add(&recipe->traces, pid);
	return 0;
}

static int describe(const struct machine *machine, struct recipe *recipe,
		    struct err *err)
{
	struct strv *argv = &recipe->argv;

	if (machine->rosetta && strcmp(machine->arch, "arm64") != 0)
		return err_set(err, FAULT_INPUT,
			       "--rosetta is for guests of arm64 only");
	strv_add(argv, machine->program);
	recipe_option(argv, "--cpus", "%u", machine->cpus);
	recipe_option(argv, "--memory", "%llu",
		      (unsigned long long)machine->memory_mib);
	if (add_bootloader(machine, argv, err) < 0)
		return -1;
	recipe_option(argv, "--device", "virtio-serial,stdio");
	recipe_option(argv, "--device", "virtio-rng");
	if (add_disks(machine, recipe, err) < 0 ||
	    add_network(machine, recipe, err) < 0 ||
	    add_shares(machine, recipe, err) < 0 ||
	    add_vsock(machine, recipe, err) < 0)
		return -1;
	return add_control(machine, recipe, err);
}

const struct hypervisor hypervisor_vz = {
	.name = "vz",
	.alias = "virtualization",
	.program = "vfkit",
	.cure = "on macOS, `brew install vfkit`",
	.console = "hvc0",
	.arm64_console = "hvc0",
	.arches = ARCH_AMD64 | ARCH_ARM64,
	.boots = MACHINE_BOOT_KERNEL | MACHINE_BOOT_DISK | MACHINE_BOOT_CD,
	.uefi_boots = MACHINE_BOOT_DISK | MACHINE_BOOT_CD,
	.can = CAN_PUBLISH | CAN_SHARE | CAN_VSOCK | CAN_VSOCK_PORTS |
	       CAN_METADATA | CAN_UEFI | CAN_GUI | CAN_ROSETTA | CAN_DISKS,
	.nets = MACHINE_NET_NONE | MACHINE_NET_USER | MACHINE_NET_VMNET |
		MACHINE_NET_GVPROXY,
	.default_net = MACHINE_NET_USER,
	.publish_nets = MACHINE_NET_USER | MACHINE_NET_GVPROXY,
	.formats = MACHINE_FORMAT_RAW,
	.plain_kernel = ARCH_ARM64,
	.firmware_kind = FIRMWARE_OWN,
	.absolute_paths = true,
	.describe = describe,
};
