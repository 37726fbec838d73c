/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of Rock Ridge. */
#include "formats/disk/rockridge.h"

#include <string.h>

#include "formats/disk/bytes.h"

#define FIELD_MAX 255
#define NAME_PART 250
#define LINK_PART 248
#define SL_HEADER 5
#define CONTINUES 1
#define TYPE_BITS 0170000
#define TYPE_CHAR 0020000
#define TYPE_BLOCK 0060000

void put_both16(uint8_t *to, uint16_t value)
{
	put_le16(to, value);
	put_be16(to + 2, value);
}

void put_both32(uint8_t *to, uint32_t value)
{
	put_le32(to, value);
	put_be32(to + 4, value);
}

/* Days since 1970 to year, month and day of the Gregorian calendar. */
static void civil_date(int64_t days, int64_t *year, unsigned *month,
		       unsigned *day)
{
	int64_t shifted = days + 719468; /* since 0000-03-01 */
	int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	unsigned of_era = (unsigned)(shifted - era * 146097);
	unsigned year_of_era =
		(of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) /
		365;
	unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 -
				     year_of_era / 100);
	unsigned from_march = (5 * of_year + 2) / 153;

	*day = of_year - (153 * from_march + 2) / 5 + 1;
	*month = from_march < 10 ? from_march + 3 : from_march - 9;
	*year = year_of_era + era * 400 + (*month <= 2);
}

void iso_put_date(uint8_t to[7], int64_t seconds)
{
	const int64_t first = -2208988800; /* 1900-01-01 */
	const int64_t last = 5869583999;   /* 2155-12-31 23:59:59 */
	unsigned of_day, month, day;
	int64_t days, year;

	if (seconds < first)
		seconds = first;
	if (seconds > last)
		seconds = last;
	days = (seconds - first) / 86400;
	of_day = (unsigned)((seconds - first) % 86400);
	civil_date(days + first / 86400, &year, &month, &day);
	to[0] = (uint8_t)(year - 1900);
	to[1] = (uint8_t)month;
	to[2] = (uint8_t)day;
	to[3] = (uint8_t)(of_day / 3600);
	to[4] = (uint8_t)(of_day / 60 % 60);
	to[5] = (uint8_t)(of_day % 60);
	to[6] = 0;
}

static void start_field(uint8_t *field, const char *signature, size_t size)
{
	memcpy(field, signature, 2);
	field[2] = (uint8_t)size;
	field[3] = 1;
}

static void add_attributes(struct buf *fields, const struct iso_node *node)
{
	uint8_t px[36], tf[12];

	start_field(px, "PX", sizeof(px));
	put_both32(px + 4, node->mode);
	put_both32(px + 12, node->links);
	put_both32(px + 20, node->uid);
	put_both32(px + 28, node->gid);
	buf_add(fields, px, sizeof(px));
	start_field(tf, "TF", sizeof(tf));
	tf[4] = 0x02; /* the time of the last change of the content */
	iso_put_date(tf + 5, node->mtime);
	buf_add(fields, tf, sizeof(tf));
}

/*
 * RRIP leaves open how a device number is cut into its two fields. All readers
 * take the old 16 bits in the lower one; Linux takes larger minor numbers when
 * the upper one is the major number.
 */
static void add_device(struct buf *fields, const struct iso_node *node)
{
	uint32_t high = node->rdev_major;
	uint32_t low = node->rdev_minor;
	uint8_t pn[20];

	if (low <= 0xff && high <= 0xffffff) {
		low |= high << 8;
		high = 0;
	}
	start_field(pn, "PN", sizeof(pn));
	put_both32(pn + 4, high);
	put_both32(pn + 12, low);
	buf_add(fields, pn, sizeof(pn));
}

static void add_name(struct buf *fields, const char *name)
{
	size_t left = strlen(name);

	do {
		uint8_t nm[FIELD_MAX];
		size_t part = left < NAME_PART ? left : NAME_PART;

		start_field(nm, "NM", 5 + part);
		nm[4] = part < left ? CONTINUES : 0;
		memcpy(nm + 5, name, part);
		buf_add(fields, nm, 5 + part);
		name += part;
		left -= part;
	} while (left > 0);
}

/* Fields SL in the making; each holds as many components as it can. */
struct link {
	struct buf *fields;
	uint8_t sl[FIELD_MAX];
	size_t size;
};

static void flush_link(struct link *link, unsigned flags)
{
	start_field(link->sl, "SL", link->size);
	link->sl[4] = (uint8_t)flags;
	buf_add(link->fields, link->sl, link->size);
	link->size = SL_HEADER;
}

/* One component, or a part of it. */
static void add_link_part(struct link *link, unsigned flags, const char *text,
			  size_t size)
{
	if (link->size + 2 + size > FIELD_MAX)
		flush_link(link, CONTINUES);
	link->sl[link->size] = (uint8_t)flags;
	link->sl[link->size + 1] = (uint8_t)size;
	memcpy(link->sl + link->size + 2, text, size);
	link->size += 2 + size;
}

static void add_component(struct link *link, const char *text, size_t size)
{
	if (size == 1 && text[0] == '.') {
		add_link_part(link, 0x02, "", 0);
		return;
	}
	if (size == 2 && text[0] == '.' && text[1] == '.') {
		add_link_part(link, 0x04, "", 0);
		return;
	}
	while (size > LINK_PART) {
		add_link_part(link, CONTINUES, text, LINK_PART);
		text += LINK_PART;
		size -= LINK_PART;
	}
	add_link_part(link, 0, text, size);
}

static void add_link(struct buf *fields, const char *target)
{
	const char *next = target + strspn(target, "/");
	struct link link = { .fields = fields, .size = SL_HEADER };

	if (next > target)
		add_link_part(&link, 0x08, "", 0);
	while (*next) {
		size_t size = strcspn(next, "/");

		add_component(&link, next, size);
		next += size;
		next += strspn(next, "/");
	}
	flush_link(&link, 0);
}

void rockridge_add(struct buf *fields, const struct iso_node *node,
		   const char *name)
{
	unsigned type = node->mode & TYPE_BITS;

	add_attributes(fields, node);
	if (!name)
		return;
	add_name(fields, name);
	if (type == TYPE_CHAR || type == TYPE_BLOCK)
		add_device(fields, node);
	if (node->target)
		add_link(fields, node->target);
}

void rockridge_add_root(struct buf *fields)
{
	static const char id[] = "RRIP_1991A";
	uint8_t er[8 + sizeof(id) - 1] = { 0 };

	buf_add(fields, "SP\x07\x01\xbe\xef", 7);
	start_field(er, "ER", sizeof(er));
	er[4] = sizeof(id) - 1;
	er[7] = 1;
	memcpy(er + 8, id, sizeof(id) - 1);
	buf_add(fields, er, sizeof(er));
}

size_t rockridge_fit(const uint8_t *fields, size_t size, size_t room)
{
	size_t fit = 0;

	if (size <= room)
		return size;
	while (fit + fields[fit + 2] + SUSP_CE_BYTES <= room)
		fit += fields[fit + 2];
	return fit;
}

void rockridge_put_continuation(uint8_t to[SUSP_CE_BYTES], uint64_t offset,
				size_t size)
{
	start_field(to, "CE", SUSP_CE_BYTES);
	put_both32(to + 4, (uint32_t)(offset / ISO_SECTOR));
	put_both32(to + 12, (uint32_t)(offset % ISO_SECTOR));
	put_both32(to + 20, (uint32_t)size);
}
