/* SPDX-License-Identifier: Apache-2.0 */
/* kitbuild run: an image in a virtual machine. */
#include "cmd/kitbuild/verb.h"

#include <stdio.h>

#include "cmd/kitbuild/run_machine.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/vm/detach.h"
#include "cmd/lib/vm/qemu.h"

#define FIELD(name) offsetof(struct run_options, name)

static const struct opt run_opts[] = {
	{ 0, "mem", "MIB", OPT_MIB, FIELD(memory_bytes),
	  "memory, such as 512 or 2G; default 1024" },
	{ 0, "cpus", "N", OPT_NUMBER, FIELD(cpus), "processors; default 1" },
	{ 0, "disk", "SPEC", OPT_EACH, FIELD(disks),
	  "[file=]PATH,size=4G,format=raw; made when absent; repeatable" },
	{ 0, "publish", "HOST:GUEST", OPT_LIST, FIELD(publishes),
	  "lead a port of 127.0.0.1 into the guest; also ADDRESS:HOST:GUEST and /udp" },
	{ 0, "share", "FOLDER:TAG[:ro]", OPT_EACH, FIELD(shares),
	  "a folder the guest mounts by its tag, as virtiofs or else 9p; repeatable" },
	{ 0, "virtiofs", "FOLDER", OPT_EACH, FIELD(virtiofs), NULL },
	{ 0, "net", "MODE", OPT_STRING, FIELD(net),
	  "user, none, bridge[,BRIDGE], tap[,INTERFACE], passt, gvproxy[,SOCKET], vmnet or vpnkit[,ETHERNET[,PORT]]" },
	{ 0, "networking", "MODE", OPT_STRING, FIELD(net), NULL },
	{ 0, "vsock", "[=CID]", OPT_MAYBE, FIELD(vsock),
	  "a vsock device; default 3" },
	{ 0, "vsock-ports", "PORTS", OPT_LIST, FIELD(vsock_ports),
	  "ports of the guest that get a socket each in the state folder" },
	{ 0, "data", "TEXT", OPT_STRING, FIELD(data),
	  "metadata for the guest, on a CD labelled cidata" },
	{ 0, "data-file", "FILE", OPT_STRING, FIELD(data_file),
	  "the same from a file" },
	{ 0, "uefi", NULL, OPT_FLAG, FIELD(uefi), "boot by UEFI firmware" },
	{ 0, "fw", "FILE", OPT_STRING, FIELD(firmware),
	  "the firmware; default: what is installed" },
	{ 0, "machine", "BOARD", OPT_STRING, FIELD(machine),
	  "of qemu: q35 or, smaller and faster, microvm; default q35" },
	{ 0, "accel", "NAME", OPT_STRING, FIELD(accel),
	  "of qemu: auto, kvm, hvf or tcg; default auto: what works here" },
	{ 0, "arch", "ARCH", OPT_STRING, FIELD(arch),
	  "amd64, arm64 or riscv64; default: this machine's" },
	{ 0, "uuid", "UUID", OPT_STRING, FIELD(uuid),
	  "what the guest sees; default: the machine's own, always the same" },
	{ 0, "gui", NULL, OPT_FLAG, FIELD(gui), "show a window" },
	{ 0, "usb", NULL, OPT_FLAG, FIELD(usb), "a USB controller" },
	{ 0, "device", "SPEC", OPT_EACH, FIELD(devices),
	  "a device in QEMU's own words; repeatable" },
	{ 0, "rosetta", NULL, OPT_FLAG, FIELD(rosetta),
	  "of vz: translate amd64 programs; the guest mounts the tag rosetta" },
	{ 0, "expect", "TEXT", OPT_STRING, FIELD(expected),
	  "end well when the console shows this, and badly when it does not; see --timeout" },
	{ 0, "exit-with", "SERVICE", OPT_STRING, FIELD(service),
	  "end when this service ends, with its exit status" },
	{ 0, "timeline", "[=FILE]", OPT_MAYBE, FIELD(timeline),
	  "tell at the end how long each phase took; as a picture when FILE ends in .svg" },
	{ 0, "detach", NULL, OPT_FLAG, FIELD(detach),
	  "go on in the background; the console goes to STATE/console.log" },
	{ 0, "detached", NULL, OPT_FLAG, FIELD(detach), NULL },
	{ 0, "qmp", "SOCKET", OPT_STRING, FIELD(qmp),
	  "of qemu: where else it listens for commands; its own is STATE/qmp.sock" },
	{ 0, "console-file", NULL, OPT_FLAG, FIELD(console_file),
	  "of hyperkit: the console is the terminal STATE/tty, for another program to open" },
	{ 0, "state", "DIR", OPT_STRING, FIELD(state),
	  "where the machine keeps its own files; default NAME-state" },
	{ 0, "program", "PATH", OPT_STRING, FIELD(program),
	  "the hypervisor's program; default: found in PATH" },
	{ 0, "qemu", "PATH", OPT_STRING, FIELD(program), NULL },
	{ 0, "hyperkit", "PATH", OPT_STRING, FIELD(program), NULL },
	{ 0, "vboxmanage", "PATH", OPT_STRING, FIELD(program), NULL },
	{ 0, "iso", NULL, OPT_FLAG, FIELD(kind), NULL },
	{ 0, "squashfs", NULL, OPT_FLAG, FIELD(kind), NULL },
	{ 0, "kernel", NULL, OPT_FLAG, FIELD(kind), NULL },
	{ 0, "virtiofsd", "PATH", OPT_STRING, FIELD(virtiofsd),
	  "virtiofsd's program; default: found where distributions put it" },
	{ 0, "print", NULL, OPT_FLAG, FIELD(print),
	  "print commands and files instead of starting the machine" },
	{ 0 },
};

static int print_recipe(const struct hypervisor *hypervisor,
			const struct machine *machine, struct err *err)
{
	SCOPED(recipe) recipe = { 0 };
	SCOPED_FREE char *script = NULL;

	if (hypervisor->describe(machine, &recipe, err) < 0)
		return -1;
	script = recipe_script(&recipe);
	fputs(script, stdout);
	return 0;
}

/* In the process that was started from a terminal, and in its successor. */
static int go(const struct hypervisor *hypervisor, struct machine *machine,
	      int *status, struct err *err)
{
	SCOPED_FREE char *log = path_join(machine->state, "console.log");
	bool is_parent = false;
	int tell_fd = -1;
	int result;

	if (!machine->watch.detach)
		return hypervisor_run(hypervisor, machine, &tell_fd, status,
				      err);
	if (detach(log, &is_parent, &tell_fd, err) < 0)
		return -1;
	if (is_parent) {
		log_info("runs in the background; `kill $(cat %s/pid)` ends it",
			 machine->state);
		return 0;
	}
	result = hypervisor_run(hypervisor, machine, &tell_fd, status, err);
	if (result < 0)
		detach_tell(&tell_fd, err);
	return result;
}

static int prepare(struct machine *machine, const struct hypervisor *hypervisor,
		   const struct run_options *options, const char *cache,
		   struct err *err)
{
	struct host host = host_this();

	if (!options->print &&
	    (hypervisor_check_host(hypervisor, machine, &host, err) < 0 ||
	     machine_lock_state(machine, err) < 0))
		return -1;
	if (run_prepare(machine, hypervisor, options, err) < 0)
		return -1;
	if (hypervisor == &hypervisor_qemu)
		qemu_choose_accel(machine, cache);
	if (options->print || hypervisor->locks_disks)
		return 0;
	return machine_lock_disks(machine, err);
}

static int run_machine(struct verb_args *args, struct err *err)
{
	const struct run_options *options = args->options;
	const struct strv *rest = args->rest;
	SCOPED(machine) machine = { 0 };
	const struct hypervisor *hypervisor = NULL;
	SCOPED_FREE char *cache = global_cache_path(args->global);
	struct host host = host_this();

	if (hypervisor_find(&hypervisor,
			    rest->count > 1 ? rest->items[0] : NULL, &host,
			    err) < 0 ||
	    run_describe(&machine, hypervisor, options,
			 rest->items[rest->count - 1], err) < 0 ||
	    prepare(&machine, hypervisor, options, cache, err) < 0)
		return -1;
	machine.watch.timeout_s = args->global->timeout_s;
	if (options->print)
		return print_recipe(hypervisor, &machine, err);
	if (machine.watch.on_terminal)
		log_info(
			"Ctrl-] asks the machine to power off, and twice kills it");
	return go(hypervisor, &machine, &args->status, err);
}

const struct verb verb_run = {
	.name = "run",
	.args = "[HYPERVISOR] NAME",
	.summary = "run an image in a virtual machine",
	.details =
		"Boots NAME-kernel with NAME-initrd.img (or a root file system) and NAME-\n"
		"cmdline, or NAME itself when it is a disk (raw, qcow2, vmdk, vhd, vhdx, vdi),\n"
		"a CD or a unified kernel image. HYPERVISOR is qemu, vz, hyperkit, firecracker,\n"
		"cloud-hypervisor, crosvm, vbox or vmware; without one it is vz on macOS and\n"
		"qemu elsewhere. What a hypervisor cannot do is refused. The console is the\n"
		"terminal; Ctrl-] asks the guest to power off and, the second time, kills the\n"
		"machine, as SIGINT and SIGTERM do; after 65 seconds it is killed anyway. With\n"
		"--expect the run ends with status 0 as soon as the console shows the text, and\n"
		"with 1 when the machine ends before or --timeout is over; with --exit-with it\n"
		"ends with the status of that service.",
	.opts = run_opts,
	.options_size = sizeof(struct run_options),
	.min_rest = 1,
	.max_rest = 2,
	.run = run_machine,
};
