/* SPDX-License-Identifier: Apache-2.0 */
/* Which signal asks for which way down. */
/* links: pkg/init/init/power.c */

#include "pkg/init/init/power.h"
#include "tests/unit/unit.h"

TEST(signals_ask_for_the_documented_ways)
{
	CHECK_INT(power_of_signal(SIGUSR1), POWER_HALT);
	CHECK_INT(power_of_signal(SIGUSR2), POWER_OFF);
	CHECK_INT(power_of_signal(SIGTERM), POWER_OFF);
	CHECK_INT(power_of_signal(SIGINT), POWER_REBOOT);
	CHECK_INT(power_of_signal(SIGHUP), POWER_NONE);
	CHECK_STR(power_name(POWER_OFF), "power off");
}
