/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GUIDs as GPT stores them (UEFI 2.10, appendix A): the first three fields with
 * the lowest byte first.
 */
#pragma once

#include "cmd/lib/base/sha256.h"

#include <stdint.h>

struct guid {
	uint8_t bytes[16];
};

/* From "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"; other text is a defect of ours.
 */
struct guid guid_from_text(const char *text);

/*
 * The GUID that stands for `label` of the thing with this digest: the same for
 * the same content, different for each label (RFC 9562, version 8).
 */
struct guid guid_derive(const struct digest *digest, const char *label);

#define GUID_TEXT_SIZE 37

/* Writes it in lower case, as the kernel names partitions; returns `text`. */
const char *guid_text(const struct guid *guid, char text[GUID_TEXT_SIZE]);

/* A number in the same way, for serial numbers and disk signatures. */
uint32_t serial_derive(const struct digest *digest, const char *label);
