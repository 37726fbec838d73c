/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel events. */
/* links: pkg/init/init/uevent.c */

#include "pkg/init/init/uevent.h"
#include "tests/unit/unit.h"

TEST(the_known_fields_are_taken)
{
	static const char text[] =
		"add@/devices/virtio0\0ACTION=add\0SUBSYSTEM=virtio\0"
		"MODALIAS=virtio:d00000001v00001AF4\0SEQNUM=7";
	struct uevent event;

	CHECK(uevent_parse(&event, text, sizeof(text)));
	CHECK_STR(event.action, "add");
	CHECK_STR(event.subsystem, "virtio");
	CHECK_STR(event.modalias, "virtio:d00000001v00001AF4");
	CHECK_STR(event.device, "");
}

TEST(a_message_without_an_end_is_refused)
{
	struct uevent event;

	CHECK(!uevent_parse(&event, "add@/x\0ACTION=add", 17));
	CHECK(!uevent_parse(&event, "", 0));
}

TEST(a_message_of_another_kind_is_refused)
{
	static const char text[] = "libudev\0ACTION=add";
	struct uevent event;

	CHECK(!uevent_parse(&event, text, sizeof(text)));
}
