#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
"""virtio-argo: writes down the links of a guest for its firmware or toolstack, and
adds links to a guest that exists and takes them away (links.py).

See virtio-argo(1).
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

import links as xenbus_links
from fault import Fault
from xenstore import Xenstore

PORT_BASE = 0x56410000		# VIRTIO_ARGO_PORT_BASE
RING_MIN = 4 * 4096 - 64	# VARGO_RING_MIN
RING_MAX = 4095 * 4096 - 64	# VARGO_RING_MAX
DOMID_FIRST_RESERVED = 0x7FF0
VERSION = "0.1"

ASL = """\
DefinitionBlock ("", "SSDT", 2, "VARGO", "VIRTARGO", 0x00000001)
{
    Scope (\\_SB)
    {
%s    }
}
"""
ASL_LINK = """\
        Device (VA%02X)
        {
            Name (_HID, "PRP0001")
            Name (_UID, %d)
            Name (_DSD, Package ()
            {
                ToUUID ("daffd814-6eba-4d8c-8a91-bc9bbf4aa301"),
                Package ()
                {
                    Package () { "compatible", "xen,virtio-argo" },
%s                }
            })
        }
"""
ASL_PROPERTY = """\
                    Package () { "%s", %s },
"""

DTS = """\
/dts-v1/;

/ {
	#address-cells = <2>;
	#size-cells = <2>;

	passthrough {
		compatible = "simple-bus";
		ranges;
		#address-cells = <2>;
		#size-cells = <2>;

%s	};
};
"""
DTS_LINK = """\
virtio-argo-%d {
	compatible = "xen,virtio-argo";
%s};
"""
DTS_PROPERTY = """\
	%s = <%s>;
"""


class Link:
    """One link: the domain of the backend, and what may be said besides."""

    def __init__(self, backend):
        self.backend = backend
        self.port = None
        self.ring_size = None
        self.outage_timeout = None

    def properties(self):
        yield "xen,backend-domid", str(self.backend)
        if self.port is not None:
            yield "xen,argo-port", f"0x{self.port:x}"
        if self.ring_size is not None:
            yield "xen,ring-size", str(self.ring_size)
        if self.outage_timeout is not None:
            yield "xen,outage-timeout", str(self.outage_timeout)


class AddLink(argparse.Action):
    def __call__(self, parser, namespace, value, option_string=None):
        if namespace.links is None:
            namespace.links = []
        namespace.links.append(Link(value))


class SetOfLink(argparse.Action):
    """What is said of a link belongs to the --backend before it."""

    def __call__(self, parser, namespace, value, option_string=None):
        if not namespace.links:
            parser.error(f"{option_string} belongs to a link: give --backend before it")
        link = namespace.links[-1]
        if getattr(link, self.dest) is not None:
            parser.error(f"{option_string} is given twice for one --backend")
        setattr(link, self.dest, value)


def domain(text):
    if not re.fullmatch(r"[0-9]+", text) or int(text) >= DOMID_FIRST_RESERVED:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a domain id (0 to {DOMID_FIRST_RESERVED - 1});"
            " xl domid NAME tells that of a domain")
    return int(text)


def port(text):
    try:
        value = int(text, 0)
    except ValueError:
        value = 0
    if not 0 < value < 1 << 32:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port (1 to 0xffffffff)")
    return value


def size(text):
    match = re.fullmatch(r"([0-9]+)([KM]?)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"'{text}' is not a size: bytes, or a number and K or M")
    value = int(match[1]) * {"": 1, "K": 1 << 10, "M": 1 << 20}[match[2]]
    if match[2]:
        value -= 64		# Argo's header is in the pages
    if not RING_MIN <= value <= RING_MAX:
        raise argparse.ArgumentTypeError(
            f"a ring of {value} bytes is not possible ({RING_MIN} to {RING_MAX}, or 16K to 15M)")
    return value


def unlike(links):
    """Two links need two pairs of backend and port; the driver refuses the second."""
    seen = set()
    for link in links:
        this = (link.backend, PORT_BASE if link.port is None else link.port)
        if this in seen:
            raise Fault(f"two links to domain {this[0]} have port 0x{this[1]:x}:"
                        " give each its own with --port")
        seen.add(this)


def acpi(links):
    unlike(links)
    if len(links) > 256:
        raise Fault("a table holds 256 links at most")
    devices = "".join(
        ASL_LINK % (n, n, "".join(ASL_PROPERTY % p for p in link.properties()))
        for n, link in enumerate(links))
    return ASL % devices


def node(n, link, tabs):
    text = DTS_LINK % (n, "".join(DTS_PROPERTY % p for p in link.properties()))
    return "".join("\t" * tabs + line + "\n" for line in text.splitlines())


def dt(links):
    unlike(links)
    return DTS % "\n".join(node(n, link, 2) for n, link in enumerate(links))


def xl(links):
    """xl gives the n-th entry port PORT_BASE + n, and cannot be told otherwise."""
    for n, link in enumerate(links):
        if link.port not in (None, PORT_BASE + n):
            raise Fault(f"xl cannot say a port: its entry number {n} has port"
                        f" 0x{PORT_BASE + n:x}; leave --port out")
        if link.ring_size is not None:
            raise Fault("xl cannot say a ring size: leave --ring-size out, or write it to"
                        " device/virtio/<n>/ring-size of the paused guest")
        if link.outage_timeout is not None:
            raise Fault("xl cannot say an outage timeout: leave --outage-timeout out, or write it"
                        " to device/virtio/<n>/outage-timeout of the paused guest")
    entries = ", ".join(f'"type=virtio,device2,backend={link.backend}"' for link in links)
    return f"virtio = [ {entries} ]\n"


# format: function, suffix that is compiled, program, its package
FORMATS = {
    "acpi": (acpi, ".aml", ["iasl", "-vs", "-p"], "acpica-tools"),
    "dt": (dt, ".dtb", ["dtc", "-q", "-I", "dts", "-O", "dtb", "-o"], "device-tree-compiler"),
    "xl": (xl, None, None, None),
}


def compiled(text, program, package, path):
    """Runs the compiler of the format; the result is at path."""
    with tempfile.TemporaryDirectory() as scratch:
        source = os.path.join(scratch, "links.asl")
        result = os.path.join(scratch, "result.aml")
        with open(source, "w", encoding="utf-8") as file:
            file.write(text)
        try:
            job = subprocess.run([*program, result, source], capture_output=True, text=True,
                                 check=False)
        except FileNotFoundError:
            raise Fault(f"{program[0]} is needed to write {path}:"
                        f" apt-get install {package}") from None
        if job.returncode or not os.path.exists(result):
            raise Fault(f"{program[0]} failed: {(job.stdout + job.stderr).strip()}")
        with open(result, "rb") as file:
            return file.read()


def write(path, data):
    try:
        with open(path, "wb") as file:
            file.write(data)
    except OSError as error:
        raise Fault(f"cannot write {path}: {error.strerror}") from None


def domain_or_name(text):
    if text.isdecimal():
        return str(domain(text))
    if not text or "/" in text or text[0] in "-+":
        raise argparse.ArgumentTypeError(f"'{text}' is not the name or number of a domain")
    return text


def link_number(text):
    if not re.fullmatch(r"[0-9]+", text) or int(text) >= xenbus_links.LINKS:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not the number of a link (0 to {xenbus_links.LINKS - 1})")
    return int(text)


def seconds(text):
    if not re.fullmatch(r"[0-9]+", text) or int(text) > 86400:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of seconds (0 to 86400)")
    return int(text)


def outage(text):
    if not re.fullmatch(r"[0-9]+", text) or int(text) >= 1 << 32:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a number of seconds (0 to {(1 << 32) - 1}, 0 for ever)")
    return int(text)


OUTAGE_HELP = ("how long requests wait for a backend that is away before they fail"
               " (if not said, as the guest's module parameter says: 0, for ever)")


def parser_of_links(commands):
    """attach and detach: they work on a guest that exists."""
    attach = commands.add_parser(
        "attach", help="add a link to a guest that runs or is paused", description="Write the"
        " xenstore nodes of a link, as xl does for the guest's configuration: for other"
        " toolstacks, for xl before 4.18, and for a guest that runs. It finds the link at once,"
        " or at its boot.")
    attach.add_argument("--port", type=port, metavar="N",
                        help=f"port of both rings (0x{PORT_BASE:x} and the link's number"
                        " if not said)")
    attach.add_argument("--ring-size", dest="ring_size", type=size, metavar="SIZE",
                        help="of the guest's receive ring, in bytes or with K or M"
                        " (256K if not said)")
    attach.add_argument("--outage-timeout", dest="outage_timeout", type=outage,
                        metavar="SECONDS", help=OUTAGE_HELP)
    detach = commands.add_parser(
        "detach", help="take a link away from a guest", description="Ask the guest's driver to"
        " close a link, wait until it has, and remove the link's xenstore nodes. Unmount its"
        " disks before: they are gone then.")
    detach.add_argument("--timeout", type=seconds, default=30, metavar="SECONDS",
                        help="how long the guest may take (30 if not said)")
    detach.add_argument("--force", action="store_true",
                        help="do not ask the guest: remove the nodes")
    for command, which, default, backend in (
            (attach, "number of the link (the lowest free one if not said; to be said for a"
             " second link to one backend)", "0", "its backend, by name or number (0 if not said)"),
            (detach, "which, by its number", None, "which, by its backend")):
        command.add_argument("guest", metavar="GUEST", type=domain_or_name,
                             help="the guest, by name or number")
        command.add_argument("--backend", metavar="DOMAIN", type=domain_or_name,
                             default=default, help=backend)
        command.add_argument("--link", metavar="N", type=link_number, help=which)
    attach.set_defaults(command=xenbus_links.attach)
    detach.set_defaults(command=xenbus_links.detach)


def parser():
    top = argparse.ArgumentParser(
        prog="virtio-argo",
        description="Write down the links of a guest, from a short description, for whoever"
        " tells the guest of them; or add a link to a guest that exists, and take it away.")
    top.add_argument("--version", action="version", version=f"virtio-argo {VERSION}")
    formats = top.add_subparsers(dest="format", metavar="COMMAND", required=True)
    parser_of_links(formats)
    for name, text in (
            ("acpi", "an ACPI table (SSDT), for acpi_firmware= or the initrd"),
            ("dt", "a partial device tree, for a dom0less guest or device_tree="),
            ("xl", "the line for the guest's xl configuration")):
        sub = formats.add_parser(
            name, help=text, description=f"Write {text}.",
            epilog="--backend may be repeated: each begins another link, and --port,"
            " --ring-size and --outage-timeout belong to the --backend before them.")
        sub.set_defaults(links=None, command=None)
        sub.add_argument("--backend", dest="links", action=AddLink, type=domain,
                         required=True, metavar="DOMID", help="domain of the backend")
        sub.add_argument("--port", action=SetOfLink, type=port, metavar="N",
                         help=f"port of both rings (0x{PORT_BASE:x} if not said)")
        sub.add_argument("--ring-size", dest="ring_size", action=SetOfLink, type=size,
                         metavar="SIZE", help="of the guest's receive ring, in bytes or"
                         " with K or M (256K if not said)")
        sub.add_argument("--outage-timeout", dest="outage_timeout", action=SetOfLink,
                         type=outage, metavar="SECONDS", help=OUTAGE_HELP)
        suffix = FORMATS[name][1]
        sub.add_argument("-o", "--output", metavar="FILE", help="write to FILE instead of the"
                         " standard output" + (f"; if it ends in {suffix}, compiled"
                                               if suffix else ""))
    return top


def write_format(options):
    function, suffix, program, package = FORMATS[options.format]
    text = function(options.links)
    if not options.output:
        sys.stdout.write(text)
    elif suffix and options.output.endswith(suffix):
        write(options.output, compiled(text, program, package, options.output))
    else:
        write(options.output, text.encode())


def change_links(options):
    store = Xenstore()
    try:
        options.command(store, options)
    finally:
        store.close()


def main():
    options = parser().parse_args()
    try:
        if options.command:
            change_links(options)
        else:
            write_format(options)
    except Fault as fault:
        print(f"virtio-argo: {fault}", file=sys.stderr)
        return fault.status
    return 0


if __name__ == "__main__":
    sys.exit(main())
