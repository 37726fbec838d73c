/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands before stage 2 in the boot image of a CD. The BIOS loads the
 * image to 0:7C00 or 7C0:0, so stage 2 is already at its place.
 */
#include "formats/boot/bios/params.h"

	.code16
	.globl _start
_start:
	ljmp	$0, $STAGE2_ADDRESS
	.org	ELTORITO_STUB_BYTES
