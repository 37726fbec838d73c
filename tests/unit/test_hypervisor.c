/* SPDX-License-Identifier: Apache-2.0 */
/* links: lib */
#include "tests/unit/unit.h"

#include "cmd/lib/base/mem.h"
#include "cmd/lib/vm/hypervisor.h"

static const struct host linux_amd64 = { "linux", "amd64" };
static const struct host intel_mac = { "darwin", "amd64" };
static const struct host apple_silicon = { "darwin", "arm64" };

static void make_machine(struct machine *machine)
{
	*machine = (struct machine){
		.arch = xstrdup("amd64"),
		.kernel = xstrdup("x-kernel"),
		.initrd = xstrdup("x-initrd.img"),
		.cmdline = xstrdup("console=ttyS0"),
		.memory_mib = 512,
		.cpus = 2,
		.state = xstrdup("x-state"),
	};
}

static const struct hypervisor *find(const char *name, const struct host *host)
{
	const struct hypervisor *found = NULL;
	SCOPED(err) err = { 0 };

	if (hypervisor_find(&found, name, host, &err) < 0)
		UNIT_FAIL("%s", err.msg);
	return found;
}

static void check_refused(const char *name, struct machine *machine,
			  const char *why)
{
	SCOPED(err) err = { 0 };

	CHECK_INT(hypervisor_fit(find(name, &linux_amd64), machine, &err), -1);
	CHECK_INT(err.fault, FAULT_INPUT);
	if (!strstr(err.msg, why))
		UNIT_FAIL("'%s' is not in '%s'", why, err.msg);
}

static void check_fits(const char *name, struct machine *machine)
{
	SCOPED(err) err = { 0 };

	if (hypervisor_fit(find(name, &linux_amd64), machine, &err) < 0)
		UNIT_FAIL("%s", err.msg);
}

TEST(macs_have_vz_and_others_qemu_unless_said)
{
	CHECK_STR(find(NULL, &linux_amd64)->name, "qemu");
	CHECK_STR(find(NULL, &intel_mac)->name, "vz");
	CHECK_STR(find(NULL, &apple_silicon)->name, "vz");
	CHECK_STR(find("hyperkit", &linux_amd64)->name, "hyperkit");
	CHECK_STR(find("virtualization", &intel_mac)->name, "vz");
	CHECK_STR(find("virtualbox", &intel_mac)->name, "vbox");
}

TEST(an_unknown_hypervisor_is_answered_with_those_there_are)
{
	const struct hypervisor *found;
	SCOPED(err) err = { 0 };

	CHECK_INT(hypervisor_find(&found, "xen", &linux_amd64, &err), -1);
	CHECK_STR(
		err.msg,
		"unknown hypervisor 'xen'; there are qemu, vz, hyperkit, firecracker, cloud-hypervisor, crosvm, vbox and vmware");
}

TEST(hyperkit_points_to_vz_on_apple_silicon)
{
	SCOPED(machine) machine = { 0 };
	SCOPED(err) err = { 0 };

	make_machine(&machine);
	CHECK_INT(hypervisor_check_host(find("hyperkit", &apple_silicon),
					&machine, &apple_silicon, &err),
		  -1);
	CHECK_STR(
		err.msg,
		"hyperkit does not run on Apple silicon; use `kitbuild run vz`");
	CHECK_INT(hypervisor_check_host(find("hyperkit", &intel_mac), &machine,
					&intel_mac, &err),
		  0);
}

TEST(only_qemu_runs_guests_of_another_architecture)
{
	SCOPED(machine) machine = { 0 };
	SCOPED(err) err = { 0 };
	SCOPED(err) none = { 0 };

	make_machine(&machine);
	CHECK_INT(hypervisor_check_host(find("vz", &apple_silicon), &machine,
					&apple_silicon, &err),
		  -1);
	CHECK_INT(err.fault, FAULT_INPUT);
	CHECK(strstr(err.msg, "arm64, not amd64"));
	CHECK_INT(hypervisor_check_host(&hypervisor_qemu, &machine,
					&apple_silicon, &none),
		  0);
}

TEST(what_a_hypervisor_cannot_do_is_refused_with_those_that_can)
{
	static const struct {
		const char *name, *why;
		bool uefi, usb, rosetta, gui;
	} cases[] = {
		{ "firecracker", "--uefi is not to be had with firecracker; ",
		  .uefi = true },
		{ "crosvm",
		  "--usb is not to be had with crosvm; it is with qemu",
		  .usb = true },
		{ "qemu", "--rosetta is not to be had with qemu; it is with vz",
		  .rosetta = true },
		{ "hyperkit",
		  "--gui is not to be had with hyperkit; it is with qemu, vz, vbox, vmware",
		  .gui = true },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		SCOPED(machine) machine = { 0 };

		make_machine(&machine);
		machine.uefi = cases[i].uefi;
		machine.usb = cases[i].usb;
		machine.rosetta = cases[i].rosetta;
		machine.gui = cases[i].gui;
		check_refused(cases[i].name, &machine, cases[i].why);
	}
}

TEST(networks_and_ports_are_held_against_the_hypervisor)
{
	SCOPED(machine) machine = { 0 };
	SCOPED(machine) published = { 0 };
	SCOPED(err) err = { 0 };

	make_machine(&machine);
	machine.net = MACHINE_NET_PASST;
	check_refused("vz", &machine,
		      "--net passt is not to be had with vz; there is ");
	make_machine(&published);
	published.net = MACHINE_NET_TAP;
	CHECK_INT(machine_add_publish(&published, "8080:80", &err), 0);
	check_refused("qemu", &published,
		      "--publish does not go with --net tap on qemu");
	check_refused("firecracker", &published,
		      "--publish is not to be had with firecracker");
}

TEST(disks_of_another_format_are_refused)
{
	SCOPED(machine) machine = { 0 };
	SCOPED(err) err = { 0 };

	make_machine(&machine);
	CHECK_INT(machine_add_disk(&machine, "x.qcow2", &err), 0);
	check_refused("vz", &machine,
		      "disk x.qcow2: vz does not read disks of format qcow2");
	machine.net = MACHINE_NET_NONE;
	check_fits("cloud-hypervisor", &machine);
}

TEST(media_that_do_not_start_are_refused)
{
	SCOPED(machine) machine = { 0 };

	make_machine(&machine);
	check_refused(
		"vbox", &machine,
		"vbox does not start kernel and initrd; it starts a disk, a CD");
}

TEST(the_console_word_is_added_once_and_only_where_it_is_missing)
{
	SCOPED(machine) vz = { 0 };
	SCOPED(machine) qemu = { 0 };

	make_machine(&vz);
	check_fits("vz", &vz);
	CHECK_STR(vz.cmdline, "console=ttyS0 console=hvc0");
	check_fits("vz", &vz);
	CHECK_STR(vz.cmdline, "console=ttyS0 console=hvc0");
	make_machine(&qemu);
	check_fits("firecracker", &qemu);
	CHECK_STR(qemu.cmdline, "console=ttyS0");
}

TEST(the_network_and_the_program_come_from_the_hypervisor)
{
	SCOPED(machine) machine = { 0 };

	make_machine(&machine);
	check_fits("firecracker", &machine);
	CHECK_INT(machine.net, MACHINE_NET_NONE);
	CHECK_STR(machine.program, "firecracker");
}

TEST(shares_are_folders_with_a_tag)
{
	static const char *const bad[] = {
		"/tmp",
		":tag",
		"/tmp:",
		"/tmp:a,b",
		"/tmp:a b",
		"/tmp:a/b",
		"/nothing-here:tag",
	};
	SCOPED(machine) machine = { 0 };
	SCOPED(err) none = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		SCOPED(err) err = { 0 };

		CHECK_INT(machine_add_share(&machine, bad[i], &err), -1);
	}
	CHECK_INT(machine_add_share(&machine, "/tmp:work:ro", &none), 0);
	CHECK_STR(machine.shares[0].tag, "work");
	CHECK_INT(machine.shares[0].read_only, 1);
	CHECK_INT(machine_add_share(&machine, "/tmp:work", &none), -1);
}

TEST(networks_are_modes_with_a_place)
{
	static const char *const bad[] = { "", "usr", "user,x", "tap,",
					   "none,y" };
	SCOPED(machine) machine = { 0 };
	SCOPED(err) none = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		SCOPED(err) err = { 0 };

		CHECK_INT(machine_set_net(&machine, bad[i], &err), -1);
		CHECK_INT(err.fault, FAULT_INPUT);
	}
	CHECK_INT(machine_set_net(&machine, "tap,vm0", &none), 0);
	CHECK_INT(machine.net, MACHINE_NET_TAP);
	CHECK_STR(machine.net_place, "vm0");
	CHECK_INT(machine_set_net(&machine, "bridge", &none), 0);
	CHECK(!machine.net_place);
}

TEST(a_vsock_has_an_identifier_that_nobody_else_has)
{
	SCOPED(machine) machine = { 0 };
	SCOPED(err) none = { 0 };
	static const char *const bad[] = { "2", "x", "4294967295", "-1" };

	CHECK_INT(machine_set_vsock(&machine, "", &none), 0);
	CHECK_INT(machine.vsock_cid, 3);
	CHECK_INT(machine_set_vsock(&machine, "77", &none), 0);
	CHECK_INT(machine.vsock_cid, 77);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		SCOPED(err) err = { 0 };

		CHECK_INT(machine_set_vsock(&machine, bad[i], &err), -1);
	}
	CHECK_INT(machine_add_vsock_port(&machine, "1024", &none), 0);
	CHECK_INT(machine_add_vsock_port(&machine, "x", &none), -1);
}
