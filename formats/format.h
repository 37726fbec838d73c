/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output formats: one file each, which ends in its row, listed once in table.c.
 * A format turns a struct image into files and knows nothing of manifests,
 * registries or verbs.
 */
#pragma once

#include "cmd/lib/image/image.h"
#include "formats/boot/sign.h"
#include "formats/data.h"
#include "formats/output.h"
#include "formats/root/root.h"

/* What a format is given besides the image. */
struct format_options {
	const char *pack_cache;   /* directory for packed segments, or NULL */
	const char *efi_stub;     /* the UEFI stub; NULL: where Debian has it */
	const char *rpi_firmware; /* the folder with that of a Raspberry Pi */
	uint64_t size_bytes;      /* of a disk; 0: as large as it needs */
	const char *arch;         /* what the image is for: "amd64" */
	uint64_t memory_bytes;    /* of machines to come; 0: not told */
	enum root_kind root;      /* where disks have the root */
	struct data_options data; /* what disks keep; borrowed */
	struct signing *signing;  /* of UEFI programs; NULL: none */
};

struct payload;
struct extents;

/*
 * A row either writes its files itself (`write`) or is a bootable medium:
 * `build` lays out its bytes, and `contain` puts them into the one file that
 * `suffix` names, as they are (extents_write) or in a container (qcow2, ...).
 */
struct format {
	const char *name;
	const char *files; /* "NAME.tar", for --list-formats */
	const char *help;  /* what it is for */
	bool streamable;   /* one file, which may go to standard output */
	int (*write)(struct image *image, const struct format_options *options,
		     struct output *output, struct err *err);
	const char *suffix;
	int (*build)(struct extents *medium, const struct payload *payload,
		     const struct format_options *options, struct err *err);
	int (*contain)(const struct extents *medium, int fd, const char *name,
		       struct err *err);
};

extern const struct format format_aws;
extern const struct format format_azure;
extern const struct format format_docker;
extern const struct format format_dynamic_vhd;
extern const struct format format_gcp;
extern const struct format format_iso;
extern const struct format format_iso_bios;
extern const struct format format_iso_efi;
extern const struct format format_iso_efi_initrd;
extern const struct format format_kernel_initrd;
extern const struct format format_kernel_iso;
extern const struct format format_kernel_erofs;
extern const struct format format_kernel_squashfs;
extern const struct format format_oci;
extern const struct format format_openstack;
extern const struct format format_ova;
extern const struct format format_qcow2;
extern const struct format format_qcow2_bios;
extern const struct format format_qcow2_efi;
extern const struct format format_qcow2_zstd;
extern const struct format format_raw;
extern const struct format format_raw_bios;
extern const struct format format_raw_efi;
extern const struct format format_rpi3;
extern const struct format format_tar;
extern const struct format format_tar_kernel_initrd;
extern const struct format format_uki;
extern const struct format format_vagrant;
extern const struct format format_vdi;
extern const struct format format_vhd;
extern const struct format format_vhdx;
extern const struct format format_vmdk;

/* All of them, in the order of the help; ends in NULL. */
extern const struct format *const format_table[];

/* Is it a disk with partitions, whatever it is contained in? */
bool format_is_disk(const struct format *format);

/* Warns when an initrd would not fit into half of the memory that is told. */
void format_check_memory(const struct image *image,
			 const struct format_options *options);

/* FAULT_INPUT names the likely format. */
int format_find(const struct format **format, const char *name,
		struct err *err) MUST_CHECK;

/* Writes the files of one format; output_commit makes them appear. */
int format_write(const struct format *format, struct image *image,
		 const struct format_options *options, struct output *output,
		 struct err *err) MUST_CHECK;
