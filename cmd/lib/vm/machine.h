/* SPDX-License-Identifier: Apache-2.0 */
/* One description of a virtual machine, for every hypervisor. */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/base/strv.h"

#include <stdbool.h>
#include <stdint.h>

/* As QEMU names them; several may be taken together. */
enum machine_format {
	MACHINE_FORMAT_RAW = 1,
	MACHINE_FORMAT_QCOW2 = 2,
	MACHINE_FORMAT_VMDK = 4,
	MACHINE_FORMAT_VDI = 8,
	MACHINE_FORMAT_VHD = 16,
	MACHINE_FORMAT_VHDX = 32,
};

struct machine_disk {
	char *path;          /* owned */
	uint64_t size_bytes; /* 0: as large as the file is */
	bool absent;         /* is to be made by the hypervisor */
	enum machine_format format;
};

/* A port of the host that leads to one of the guest. */
struct machine_publish {
	char *host_address; /* owned; 127.0.0.1 unless given */
	unsigned host_port;
	unsigned guest_port;
	bool udp;
};

/* A folder of the host that the guest mounts by its tag. */
struct machine_share {
	char *folder, *tag; /* owned */
	bool read_only;
};

/* Where the network card leads to. */
enum machine_net {
	MACHINE_NET_DEFAULT = 0,
	MACHINE_NET_NONE = 1,
	MACHINE_NET_USER = 2,   /* the hypervisor translates addresses */
	MACHINE_NET_BRIDGE = 4, /* [,BRIDGE] */
	MACHINE_NET_TAP = 8,    /* [,INTERFACE], which is there already */
	MACHINE_NET_PASST = 16,
	MACHINE_NET_GVPROXY = 32, /* [,SOCKET] */
	MACHINE_NET_VMNET = 64,   /* macOS shares its network */
	MACHINE_NET_VPNKIT = 128, /* [,ETHERNET-SOCKET[,PORT-SOCKET]] */
};

/* What a machine starts from; several may be taken together. */
enum machine_boot {
	MACHINE_BOOT_KERNEL = 1, /* kernel and initrd */
	MACHINE_BOOT_ROOT = 2,   /* kernel and a root file system */
	MACHINE_BOOT_UKI = 4,    /* a program for UEFI */
	MACHINE_BOOT_DISK = 8,
	MACHINE_BOOT_CD = 16,
};

enum machine_accel {
	MACHINE_ACCEL_AUTO,
	MACHINE_ACCEL_TCG, /* emulated: works everywhere, slow */
	MACHINE_ACCEL_KVM,
	MACHINE_ACCEL_HVF,
};

/* What the program that starts it does besides. */
struct machine_watch {
	bool on_terminal;   /* the console is a person's terminal */
	bool detach;        /* goes on in the background */
	char *expected;     /* text on the console that ends the run; or NULL */
	char *service;      /* whose end ends the run, and is ours; or NULL */
	char *timeline;     /* where the phases go, "" is stdout; or NULL */
	uint64_t timeout_s; /* how long it may take; 0: for ever */
};

/* { 0 } is no machine. Text and arrays are owned. */
struct machine {
	char *arch;    /* amd64, arm64, riscv64 */
	char *kernel;  /* these two, or `image` */
	char *initrd;  /* NULL: there is none, as with a UKI */
	char *cmdline; /* the words themselves, or NULL */
	char *root;    /* a file system in the initrd's place, or NULL */
	char *image;   /* a disk or CD to boot from */
	enum machine_format image_format;
	bool image_is_cd;
	char *metadata;      /* a CD with data for the guest, or NULL */
	bool uefi;           /* boots by UEFI */
	char *firmware;      /* NULL: the hypervisor's own */
	char *firmware_vars; /* the machine's variables; NULL: in `firmware` */
	uint64_t memory_mib;
	unsigned cpus;
	struct machine_disk *disks;
	size_t disk_count;
	struct machine_publish *publishes;
	size_t publish_count;
	struct machine_share *shares;
	size_t share_count;
	char *virtiofsd; /* the program, where the hypervisor needs one */
	enum machine_net net;
	char *net_place;    /* what stands behind its comma, or NULL */
	unsigned vsock_cid; /* 0: no vsock */
	unsigned *vsock_ports;
	size_t vsock_port_count;
	struct strv devices; /* in the hypervisor's own words */
	bool microvm;        /* QEMU's small board, for amd64 only */
	bool gui, usb, rosetta;
	bool console_file; /* it is a terminal of its own, STATE/tty */
	enum machine_accel accel;
	char *program; /* the hypervisor, by name or path */
	char *qmp;     /* where else QEMU listens for commands; or NULL */
	char *state;   /* a folder of the machine's own, an absolute path */
	char mac[18];
	char uuid[37];
	struct machine_watch watch;
	int *locks; /* descriptors; the kernel ends a lock with its owner */
	size_t lock_count;
};

void machine_release(struct machine *machine);

enum machine_boot machine_boot(const struct machine *machine);

/* "qcow2"; for VHD "vpc", as QEMU has it. */
const char *machine_format_name(enum machine_format format);

/*
 * Takes a file to boot from: a disk in any format that QEMU reads, a CD, or a
 * program for UEFI such as a unified kernel image.
 */
int machine_set_image(struct machine *machine, const char *path,
		      struct err *err) MUST_CHECK;

/*
 * Writes the CD with this text as user-data and config to `metadata`. To be
 * called when the state folder is prepared.
 */
int machine_put_metadata(struct machine *machine, const char *text, size_t size,
			 struct err *err) MUST_CHECK;

/*
 * Adds LinuxKit's disk specification "[file=]PATH,size=SIZE,format=FORMAT";
 * SIZE is in GB, or with M or G. Without a path the disk lies in the state
 * folder; without a format it has the one of its name, or raw. FAULT_INPUT
 * names the part that is wrong.
 */
int machine_add_disk(struct machine *machine, const char *spec,
		     struct err *err) MUST_CHECK;

/* Adds "[ADDRESS:]HOST:GUEST[/tcp|/udp]". */
int machine_add_publish(struct machine *machine, const char *spec,
			struct err *err) MUST_CHECK;

/* Adds "FOLDER:TAG[:ro]". */
int machine_add_share(struct machine *machine, const char *spec,
		      struct err *err) MUST_CHECK;

/* Takes "MODE[,PLACE]"; LinuxKit's names of modes are understood. */
int machine_set_net(struct machine *machine, const char *spec,
		    struct err *err) MUST_CHECK;

/* The word of a mode, such as "user". */
const char *machine_net_name(enum machine_net net);

/* Takes a context identifier, or "" for 3; and ports of the guest. */
int machine_set_vsock(struct machine *machine, const char *cid,
		      struct err *err) MUST_CHECK;
int machine_add_vsock_port(struct machine *machine, const char *port,
			   struct err *err) MUST_CHECK;

/*
 * Finds firmware: `given`, or what distributions and Homebrew install for the
 * architecture. Where code and variables are two files, the machine gets a copy
 * of the variables that stays. To be called when the state folder is there.
 */
int machine_find_firmware(struct machine *machine, const char *given,
			  struct err *err) MUST_CHECK;

/* Finds virtiofsd for this user; NULL stays when there is none. */
void machine_find_virtiofsd(struct machine *machine);

/*
 * Puts the kernel itself into the state folder where the file is one that
 * unpacks itself, for hypervisors that want an ELF file or arm64's Image.
 */
int machine_unpack_kernel(struct machine *machine, struct err *err) MUST_CHECK;

int machine_accel_parse(enum machine_accel *accel, const char *text,
			struct err *err) MUST_CHECK;

/*
 * Makes the state folder and the disks that are not there yet, sparse; those of
 * known size are left to a hypervisor that makes its own. The MAC address and
 * UUID, unless one is given, come from the machine's place and are kept in it,
 * so that a guest finds itself unchanged at every start.
 */
int machine_prepare(struct machine *machine, bool makes_disks,
		    struct err *err) MUST_CHECK;

/*
 * Lock the state folder, which is made, and every disk that is written to,
 * which is there: until the machine is released or this process ends, however.
 * FAULT_INPUT: another run has it.
 */
int machine_lock_state(struct machine *machine, struct err *err) MUST_CHECK;
int machine_lock_disks(struct machine *machine, struct err *err) MUST_CHECK;
