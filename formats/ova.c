/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format ova: a whole machine (DMTF DSP0243, Open Virtualization Format 1.1):
 * an archive of a description, its digests and the disk as VMDK.
 */
#include "formats/media.h"

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/fd.h"
#include "formats/disk/ustar.h"
#include "formats/disk/vmdk.h"

#define DESCRIPTOR "kitbuild.ovf"
#define MANIFEST "kitbuild.mf"
#define DISK "kitbuild-disk1.vmdk"

/* What is told of a device, in the order that the schema wants. */
enum field {
	ADDRESS_ON_PARENT,
	ALLOCATION_UNITS,
	AUTOMATIC_ALLOCATION,
	CONNECTION,
	ELEMENT_NAME,
	HOST_RESOURCE,
	INSTANCE_ID,
	PARENT,
	RESOURCE_SUB_TYPE,
	RESOURCE_TYPE,
	VIRTUAL_QUANTITY,
	FIELD_COUNT
};

static const char *const field_names[FIELD_COUNT] = {
	[ADDRESS_ON_PARENT] = "AddressOnParent",
	[ALLOCATION_UNITS] = "AllocationUnits",
	[AUTOMATIC_ALLOCATION] = "AutomaticAllocation",
	[CONNECTION] = "Connection",
	[ELEMENT_NAME] = "ElementName",
	[HOST_RESOURCE] = "HostResource",
	[INSTANCE_ID] = "InstanceID",
	[PARENT] = "Parent",
	[RESOURCE_SUB_TYPE] = "ResourceSubType",
	[RESOURCE_TYPE] = "ResourceType",
	[VIRTUAL_QUANTITY] = "VirtualQuantity",
};

/* The types are CIM's numbers. */
static const char *const devices[][FIELD_COUNT] = {
	{ [ELEMENT_NAME] = "1 CPU",
	  [INSTANCE_ID] = "1",
	  [RESOURCE_TYPE] = "3",
	  [VIRTUAL_QUANTITY] = "1" },
	{ [ALLOCATION_UNITS] = "byte * 2^20",
	  [ELEMENT_NAME] = "1024 MiB of memory",
	  [INSTANCE_ID] = "2",
	  [RESOURCE_TYPE] = "4",
	  [VIRTUAL_QUANTITY] = "1024" },
	{ [ELEMENT_NAME] = "SCSI controller",
	  [INSTANCE_ID] = "3",
	  [RESOURCE_SUB_TYPE] = "VirtualSCSI",
	  [RESOURCE_TYPE] = "6" },
	{ [ADDRESS_ON_PARENT] = "0",
	  [ELEMENT_NAME] = "Disk",
	  [HOST_RESOURCE] = "ovf:/disk/disk1",
	  [INSTANCE_ID] = "4",
	  [PARENT] = "3",
	  [RESOURCE_TYPE] = "17" },
	{ [AUTOMATIC_ALLOCATION] = "true",
	  [CONNECTION] = "network",
	  [ELEMENT_NAME] = "Network adapter",
	  [INSTANCE_ID] = "5",
	  [RESOURCE_SUB_TYPE] = "VmxNet3",
	  [RESOURCE_TYPE] = "10" },
};

static void describe_device(struct buf *text, const char *const *device)
{
	buf_add_str(text, "      <Item>\n");
	for (size_t i = 0; i < FIELD_COUNT; i++)
		if (device[i])
			buf_add_fmt(text, "        <rasd:%s>%s</rasd:%s>\n",
				    field_names[i], device[i], field_names[i]);
	buf_add_str(text, "      </Item>\n");
}

static void describe(struct buf *text, uint64_t disk_bytes, uint64_t file_bytes)
{
	buf_add_fmt(
		text,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<Envelope xmlns=\"http://schemas.dmtf.org/ovf/envelope/1\""
		" xmlns:ovf=\"http://schemas.dmtf.org/ovf/envelope/1\""
		" xmlns:rasd=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData\""
		" xmlns:vssd=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData\">\n"
		"  <References>\n"
		"    <File ovf:id=\"file1\" ovf:href=\"" DISK
		"\" ovf:size=\"%llu\"/>\n"
		"  </References>\n"
		"  <DiskSection>\n"
		"    <Info>Disks</Info>\n"
		"    <Disk ovf:diskId=\"disk1\" ovf:fileRef=\"file1\" ovf:capacity=\"%llu\""
		" ovf:format=\"http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized\"/>\n"
		"  </DiskSection>\n"
		"  <NetworkSection>\n"
		"    <Info>Networks</Info>\n"
		"    <Network ovf:name=\"network\"><Description>The network</Description></Network>\n"
		"  </NetworkSection>\n"
		"  <VirtualSystem ovf:id=\"kitbuild\">\n"
		"    <Info>A machine</Info>\n"
		"    <OperatingSystemSection ovf:id=\"101\"><Info>Linux, 64 bit</Info></OperatingSystemSection>\n"
		"    <VirtualHardwareSection>\n"
		"      <Info>Devices</Info>\n"
		"      <System>\n"
		"        <vssd:ElementName>Virtual Hardware Family</vssd:ElementName>\n"
		"        <vssd:InstanceID>0</vssd:InstanceID>\n"
		"        <vssd:VirtualSystemType>vmx-13</vssd:VirtualSystemType>\n"
		"      </System>\n",
		(unsigned long long)file_bytes, (unsigned long long)disk_bytes);
	for (size_t i = 0; i < ARRAY_LEN(devices); i++)
		describe_device(text, devices[i]);
	buf_add_str(text, "    </VirtualHardwareSection>\n"
			  "  </VirtualSystem>\n"
			  "</Envelope>\n");
}

static int write_digests(struct writer *to, const struct buf *descriptor,
			 const struct extents *disk, struct err *err)
{
	struct digest digest =
		sha256_of(buf_text(descriptor), descriptor->size);
	SCOPED(buf) text = { 0 };
	char hex[DIGEST_HEX_SIZE];

	buf_add_fmt(&text, "SHA256(" DESCRIPTOR ")= %s\n",
		    digest_hex(&digest, hex));
	if (extents_sha256(disk, &digest, err) < 0)
		return -1;
	buf_add_fmt(&text, "SHA256(" DISK ")= %s\n", digest_hex(&digest, hex));
	return ustar_add_text(to, MANIFEST, buf_text(&text), text.size, err);
}

static int contain_ova(const struct extents *disk, int fd, const char *name,
		       struct err *err)
{
	SCOPED_WRITER struct writer *to = writer_to_fd(fd, name);
	SCOPED_FD int vmdk_fd = -1;
	SCOPED(extents) vmdk = { 0 };
	SCOPED(buf) descriptor = { 0 };

	if (fd_temporary(&vmdk_fd, NULL, err) < 0 ||
	    vmdk_write(disk, vmdk_fd, "a temporary file", err) < 0 ||
	    extents_of_file(&vmdk, vmdk_fd, err) < 0)
		return -1;
	describe(&descriptor, disk->size_bytes, vmdk.size_bytes);
	if (ustar_add_text(to, DESCRIPTOR, buf_text(&descriptor),
			   descriptor.size, err) < 0 ||
	    write_digests(to, &descriptor, &vmdk, err) < 0 ||
	    ustar_add(to, DISK, &vmdk, err) < 0)
		return -1;
	return ustar_end(to, err);
}

const struct format format_ova = {
	.name = "ova",
	.files = "NAME.ova",
	.help = "a machine with that disk, for VMware and VirtualBox",
	.streamable = true,
	.suffix = ".ova",
	.build = build_disk_hybrid,
	.contain = contain_ova,
};
