/* SPDX-License-Identifier: Apache-2.0 */
/* Format vagrant: a box for the provider libvirt. */
#include "formats/media.h"

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/fd.h"
#include "formats/disk/bytes.h"
#include "formats/disk/gzip.h"
#include "formats/disk/qcow2.h"
#include "formats/disk/ustar.h"

#define GIB ((uint64_t)1 << 30)

/* Vagrant would wait for SSH, which an image need not have. */
static const char vagrantfile[] =
	"Vagrant.configure(\"2\") do |config|\n"
	"  config.vm.synced_folder \".\", \"/vagrant\", disabled: true\n"
	"  config.vm.provider :libvirt do |libvirt|\n"
	"    libvirt.driver = \"kvm\"\n"
	"    libvirt.disk_bus = \"virtio\"\n"
	"  end\n"
	"end\n";

static int contain_box(const struct extents *disk, int fd, const char *name,
		       struct err *err)
{
	SCOPED_WRITER struct writer *file = writer_to_fd(fd, name);
	SCOPED_WRITER struct writer *to = writer_gzip(file);
	uint64_t size_gib = round_up(disk->size_bytes, GIB) / GIB;
	SCOPED_FD int image_fd = -1;
	SCOPED(extents) image = { 0 };
	SCOPED(buf) metadata = { 0 };

	buf_add_fmt(
		&metadata,
		"{\"provider\":\"libvirt\",\"format\":\"qcow2\",\"virtual_size\":%llu}\n",
		(unsigned long long)size_gib);
	if (fd_temporary(&image_fd, NULL, err) < 0 ||
	    qcow2_write(disk, image_fd, "a temporary file", err) < 0 ||
	    extents_of_file(&image, image_fd, err) < 0 ||
	    ustar_add_text(to, "metadata.json", buf_text(&metadata),
			   metadata.size, err) < 0 ||
	    ustar_add_text(to, "Vagrantfile", vagrantfile,
			   sizeof(vagrantfile) - 1, err) < 0 ||
	    ustar_add(to, "box.img", &image, err) < 0 || ustar_end(to, err) < 0)
		return -1;
	return writer_finish(to, err);
}

const struct format format_vagrant = {
	.name = "vagrant",
	.files = "NAME.box",
	.help = "a box with that disk, for Vagrant's provider libvirt",
	.streamable = true,
	.suffix = ".box",
	.build = build_disk_hybrid,
	.contain = contain_box,
};
