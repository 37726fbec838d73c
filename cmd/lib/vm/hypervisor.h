/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisors: a row for each says what it can do, and a pure function
 * turns a machine into the recipe that starts it.
 */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/vm/machine.h"
#include "cmd/lib/vm/recipe.h"

/* What not every hypervisor can honour; each stands for an option. */
enum hypervisor_can {
	CAN_PUBLISH = 1 << 0,
	CAN_SHARE = 1 << 1,
	CAN_SHARE_READ_ONLY = 1 << 2,
	CAN_VSOCK = 1 << 3,
	CAN_VSOCK_PORTS = 1 << 4,
	CAN_METADATA = 1 << 5,
	CAN_UEFI = 1 << 6,
	CAN_GUI = 1 << 7,
	CAN_USB = 1 << 8,
	CAN_DEVICE = 1 << 9,
	CAN_ROSETTA = 1 << 10,
	CAN_MICROVM = 1 << 11,
	CAN_ACCEL = 1 << 12,
	CAN_UUID = 1 << 13,
	CAN_DISKS = 1 << 14,
	CAN_QMP = 1 << 15,
	CAN_CONSOLE_FILE = 1 << 16,
};

enum hypervisor_arch {
	ARCH_AMD64 = 1,
	ARCH_ARM64 = 2,
	ARCH_RISCV64 = 4,
};

/* Where its firmware for UEFI comes from. */
enum hypervisor_firmware {
	FIRMWARE_NONE,
	FIRMWARE_OWN,   /* it has it inside */
	FIRMWARE_FILE,  /* one file, at `firmware` unless given */
	FIRMWARE_FLASH, /* code and variables */
};

struct hypervisor {
	const char *name;
	const char *alias;   /* another name; or NULL */
	const char *program; /* what is started */
	const char *cure;    /* how to get it */
	/* The word console= that a command line gets where it is not there; or
	   NULL */
	const char *console, *arm64_console;
	unsigned arches; /* of guests */
	bool emulates;   /* guests of other architectures than the host's */
	const char *not_on_apple_silicon; /* what does instead; or NULL */
	unsigned boots;                   /* enum machine_boot */
	unsigned uefi_boots;              /* those that need UEFI */
	unsigned can;
	unsigned nets;
	enum machine_net default_net;
	unsigned publish_nets; /* those with which it can publish */
	unsigned formats;      /* of disks */
	unsigned plain_kernel; /* architectures whose kernel must be unpacked */
	bool vhost_vsock;      /* vsock is /dev/vhost-vsock's */
	bool locks_disks;      /* with flock(2) itself */
	bool virtiofsd;        /* shares need it, or else are 9p */
	bool makes_disks;      /* its own, from an absent file and a size */
	bool absolute_paths;   /* it has another working directory */
	enum hypervisor_firmware firmware_kind;
	const char *firmware;
	/* Pure. FAULT_INPUT: what it cannot do after all. */
	int (*describe)(const struct machine *machine, struct recipe *recipe,
			struct err *err);
};

extern const struct hypervisor hypervisor_qemu;
extern const struct hypervisor hypervisor_hyperkit;
extern const struct hypervisor hypervisor_vz;
extern const struct hypervisor hypervisor_firecracker;
extern const struct hypervisor hypervisor_cloud_hypervisor;
extern const struct hypervisor hypervisor_crosvm;
extern const struct hypervisor hypervisor_vbox;
extern const struct hypervisor hypervisor_vmware;

/* What this is running on, as the libraries spell it. */
struct host {
	const char *os;   /* linux, darwin */
	const char *arch; /* amd64, arm64, ... */
};

struct host host_this(void);

/*
 * The hypervisor of a name, or of NULL the host's own: vz on macOS, else qemu.
 * FAULT_INPUT names those there are.
 */
int hypervisor_find(const struct hypervisor **found, const char *name,
		    const struct host *host, struct err *err) MUST_CHECK;

/*
 * Fills what the machine leaves to the hypervisor (network, console word,
 * program), and refuses what it asks for in vain. FAULT_INPUT names both.
 */
int hypervisor_fit(const struct hypervisor *hypervisor, struct machine *machine,
		   struct err *err) MUST_CHECK;

/* Must the kernel be unpacked before it is given one? */
bool hypervisor_wants_plain(const struct hypervisor *hypervisor,
			    const struct machine *machine);

/* Can it run on this host at all? FAULT_INPUT says what does instead. */
int hypervisor_check_host(const struct hypervisor *hypervisor,
			  const struct machine *machine,
			  const struct host *host, struct err *err) MUST_CHECK;

/*
 * Starts the machine, which is prepared and locked, and waits for its end.
 * SIGINT, SIGTERM, SIGHUP and Ctrl-] on a terminal ask the guest to power off;
 * after 65 seconds, or the second one, it is killed. Nothing of it outlives
 * this process. `*status` is 0, or that of the service whose end was awaited.
 * That it has started is told to `*tell_fd` (detach.h) unless that is -1.
 */
int hypervisor_run(const struct hypervisor *hypervisor,
		   const struct machine *machine, int *tell_fd, int *status,
		   struct err *err) MUST_CHECK;

/* The machine's serial port is to be connected to a socket of ours. */
int hypervisor_console_socket(const struct machine *machine,
			      struct recipe *recipe,
			      struct err *err) MUST_CHECK;

/* "STATE/NAME", made sure to fit into the address of a socket. */
int hypervisor_socket(const struct machine *machine, const char *name,
		      char **path, struct err *err) MUST_CHECK;
