/* SPDX-License-Identifier: Apache-2.0 */
/* AppArmor's profiles. */
#pragma once

/*
 * Gives the kernel what APPARMOR_POLICY holds: files with compiled profiles, as
 * apparmor_parser writes them. What cannot be loaded is told; the containers
 * that name such a profile are not started then. The kernel's security file
 * system has to be mounted.
 */
#define APPARMOR_POLICY "/etc/apparmor/earlypolicy"

void apparmor_load(void);
