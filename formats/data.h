/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk's partition for what the machine has to keep: an empty ext4, the last
 * partition, which init makes as large as the disk it finds itself on and
 * mounts (docs/boot-contract.md, section 12).
 */
#pragma once

#include "formats/boot/payload.h"
#include "formats/disk/ext4.h"

#define DATA_PARTITION_NAME "data"
#define DATA_FOLDER "/var/external"

/* { 0 } is none. */
struct data_options {
	uint64_t size_bytes;
	char *folder; /* owned; where the machine mounts it */
};

void data_options_release(struct data_options *options);

/* Takes "SIZE" or "SIZE:FOLDER". A bare number is GiB. */
int data_options_parse(struct data_options *options, const char *text,
		       struct err *err) MUST_CHECK;

/*
 * Makes the partition's content and puts its name on the command line. `mbr`
 * says of which kind the disk's table will be.
 */
int data_attach(struct payload *payload, const struct data_options *options,
		bool mbr, struct err *err) MUST_CHECK;
