/* SPDX-License-Identifier: Apache-2.0 */
/* links: lib */
#include "tests/unit/unit.h"

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/vm/hypervisor.h"
#include "cmd/lib/vm/qemu.h"

static void make_machine(struct machine *machine)
{
	*machine = (struct machine){
		.arch = xstrdup("amd64"),
		.kernel = xstrdup("x-kernel"),
		.initrd = xstrdup("x-initrd.img"),
		.cmdline = xstrdup("console=ttyS0 a,b"),
		.memory_mib = 512,
		.cpus = 2,
		.accel = MACHINE_ACCEL_TCG,
		.net = MACHINE_NET_USER,
		.program = xstrdup("qemu-system-x86_64"),
		.state = xstrdup("x-state"),
		.mac = "02:00:00:00:00:01",
		.uuid = "00000000-0000-8000-8000-000000000000",
	};
}

/* All arguments, a blank between them. */
static void join_argv(const struct machine *machine, struct buf *text)
{
	SCOPED(err) err = { 0 };
	SCOPED(recipe) recipe = { 0 };

	buf_clear(text);
	if (hypervisor_qemu.describe(machine, &recipe, &err) < 0)
		UNIT_FAIL("%s", err.msg);
	for (size_t i = 0; i < recipe.argv.count; i++)
		buf_add_fmt(text, "%s ", recipe.argv.items[i]);
}

static void check_has(const struct machine *machine, const char *words)
{
	SCOPED(buf) text = { 0 };

	join_argv(machine, &text);
	if (!strstr(buf_text(&text), words))
		UNIT_FAIL("'%s' is not in '%s'", words, buf_text(&text));
}

TEST(a_machine_is_a_line_of_arguments)
{
	SCOPED(machine) machine = { 0 };

	make_machine(&machine);
	check_has(
		&machine,
		"qemu-system-x86_64 -machine q35,accel=tcg -cpu max -smp 2 -m 512 -nodefaults -no-user-config -display none ");
	check_has(
		&machine,
		"-kernel x-kernel -initrd x-initrd.img -append console=ttyS0 a,b ");
	check_has(
		&machine,
		"-netdev user,id=net0 -device virtio-net-pci,netdev=net0,mac=02:00:00:00:00:01 ");
	check_has(
		&machine,
		"-chardev stdio,id=console,signal=off -serial chardev:console ");
	check_has(&machine, "-qmp unix:x-state/qmp.sock,server=on,wait=off ");
}

TEST(hardware_acceleration_shows_the_host_processor)
{
	SCOPED(machine) machine = { 0 };

	make_machine(&machine);
	machine.accel = MACHINE_ACCEL_KVM;
	check_has(&machine, "-machine q35,accel=kvm -cpu host ");
}

TEST(disks_are_virtio_and_commas_in_paths_are_doubled)
{
	SCOPED(machine) machine = { 0 };
	SCOPED(err) err = { 0 };

	make_machine(&machine);
	free(machine.state);
	machine.state = xstrdup("a,b");
	CHECK_INT(machine_add_disk(&machine, "size=512M", &err), 0);
	CHECK_INT(machine_add_disk(&machine, "my.qcow2", &err), 0);
	CHECK_INT(machine.disks[0].size_bytes, 512LL << 20);
	check_has(
		&machine,
		"-drive if=none,id=disk0,file=a,,b/disk.raw,format=raw,discard=unmap,cache=writeback -device virtio-blk-pci,drive=disk0,serial=disk0 ");
	check_has(&machine, "id=disk1,file=my.qcow2,format=qcow2");
}

TEST(sizes_of_disks_are_gigabytes_unless_said)
{
	SCOPED(machine) machine = { 0 };
	SCOPED(err) err = { 0 };

	make_machine(&machine);
	CHECK_INT(machine_add_disk(&machine, "file=a,size=2", &err), 0);
	CHECK_INT(machine_add_disk(&machine, "file=b,size=2G,format=raw", &err),
		  0);
	CHECK_INT(machine.disks[0].size_bytes, 2LL << 30);
	CHECK_INT(machine.disks[1].size_bytes, 2LL << 30);
}

TEST(wrong_disks_are_refused)
{
	static const char *const bad[] = {
		"size=",
		"size=-1",
		"size=1K",
		"size=0",
		"format=cow",
		"a,cache=none",
		"size=99999999999999999999",
	};
	SCOPED(machine) machine = { 0 };

	make_machine(&machine);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		SCOPED(err) err = { 0 };

		CHECK_INT(machine_add_disk(&machine, bad[i], &err), -1);
		CHECK_INT(err.fault, FAULT_INPUT);
	}
	CHECK_INT(machine.disk_count, 0);
}

TEST(ports_are_published_on_this_machine_only_unless_said)
{
	SCOPED(machine) machine = { 0 };
	SCOPED(err) err = { 0 };

	make_machine(&machine);
	CHECK_INT(machine_add_publish(&machine, "8080:80", &err), 0);
	CHECK_INT(machine_add_publish(&machine, "0.0.0.0:53:5353/udp", &err),
		  0);
	check_has(
		&machine,
		"user,id=net0,hostfwd=tcp:127.0.0.1:8080-:80,hostfwd=udp:0.0.0.0:53-:5353 ");
}

TEST(wrong_ports_are_refused)
{
	static const char *const bad[] = {
		"",
		"80",
		"0:80",
		"80:65536",
		"80:80/",
		"80:80/icmp",
		"a:80:80",
		"1.2.3.4,x=y:80:80",
		"80:80:80:80",
	};
	SCOPED(machine) machine = { 0 };

	make_machine(&machine);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		SCOPED(err) err = { 0 };

		CHECK_INT(machine_add_publish(&machine, bad[i], &err), -1);
		CHECK_INT(err.fault, FAULT_INPUT);
	}
	CHECK_INT(machine.publish_count, 0);
}

TEST(other_architectures_have_their_own_program_and_board)
{
	SCOPED(machine) machine = { 0 };
	SCOPED(err) err = { 0 };

	make_machine(&machine);
	free(machine.arch);
	free(TAKE(machine.program));
	machine.arch = xstrdup("arm64");
	CHECK_INT(hypervisor_fit(&hypervisor_qemu, &machine, &err), 0);
	check_has(&machine, "qemu-system-aarch64 -machine virt,");
	check_has(&machine, "-cpu max,pauth-impdef=on");
	check_has(&machine, "-append console=ttyS0 a,b console=ttyAMA0 ");
	CHECK(!machine.uefi);
	CHECK(!qemu_program("vax"));
}

TEST(disks_of_what_is_no_pc_start_by_uefi)
{
	SCOPED(machine) machine = { 0 };
	SCOPED(err) err = { 0 };

	make_machine(&machine);
	free(TAKE(machine.kernel));
	free(TAKE(machine.initrd));
	free(TAKE(machine.cmdline));
	machine.image = xstrdup("x.img");
	machine.image_format = MACHINE_FORMAT_RAW;
	CHECK_INT(hypervisor_fit(&hypervisor_qemu, &machine, &err), 0);
	CHECK(!machine.uefi);
	free(machine.arch);
	machine.arch = xstrdup("arm64");
	CHECK_INT(hypervisor_fit(&hypervisor_qemu, &machine, &err), 0);
	CHECK(machine.uefi);
}

TEST(a_state_folder_too_deep_for_a_socket_is_told)
{
	SCOPED(machine) machine = { 0 };
	SCOPED(err) err = { 0 };
	SCOPED(recipe) recipe = { 0 };

	make_machine(&machine);
	free(machine.state);
	machine.state = xcalloc(200, 1);
	memset(machine.state, 'x', 150);
	CHECK_INT(hypervisor_qemu.describe(&machine, &recipe, &err), -1);
	CHECK(strstr(err.msg, "--state"));
}
