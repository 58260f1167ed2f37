#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# docs.py TOP BUILD: what README, the administrator's guide, man pages and --help
# say, against the sources and against each other. Results in
# build/ktap/docs.ktap.
import glob
import os
import re
import subprocess
import sys

TOP, BUILD = sys.argv[1:3]
os.chdir(TOP)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


class Ktap:
    def __init__(self, path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.file = open(path, "w", encoding="utf-8")
        self.passed = self.failed = 0
        self.line("KTAP version 1")

    def line(self, text):
        print(text, flush=True)
        self.file.write(text + "\n")

    def same(self, what, documented, real):
        """Both sets are equal, and not empty."""
        wrong = [f"documented and not there: {x}" for x in sorted(documented - real)]
        wrong += [f"there and not documented: {x}" for x in sorted(real - documented)]
        if not real:
            wrong.append("nothing was found to compare with")
        self.ok(what, wrong)

    def within(self, what, documented, real):
        wrong = [f"documented and not there: {x}" for x in sorted(documented - real)]
        if not documented:
            wrong.append("nothing was found to compare")
        self.ok(what, wrong)

    def ok(self, what, wrong):
        for text in wrong:
            self.line("# " + text)
        self.passed += not wrong
        self.failed += bool(wrong)
        self.line(f"{'not ok' if wrong else 'ok'} {self.passed + self.failed} {what}")

    def finish(self):
        self.line(f"1..{self.passed + self.failed}")
        self.line(f"{self.passed} passed, {self.failed} failed")
        self.file.close()
        return 1 if self.failed or not self.passed else 0


def table(path):
    """Lines "a | b ..." of a list of ours."""
    for line in read(path).splitlines():
        if line.strip() and not line.startswith("#"):
            yield [x.strip() for x in line.split("|")]


def readme_commands(readme):
    """Commands in its indented blocks, continued lines joined."""
    text = re.sub(r" *\\\n *", " ", readme)
    starts = r"(make|tools/|build/|qemu-|install|depmod|modprobe|apt|xl|sudo|git|insmod)"
    return [line.strip() for line in text.splitlines()
            if re.match(r"    " + starts + r"\S* ", line + " ")
            and not re.match(r"    \S+/\s{2,}\S", line)]


def strings(source):
    """C: adjacent literals joined."""
    return re.sub(r'"\s*\n\s*"', "", source)


def options(text):
    return set(re.findall(r"(?<![\w-])--([a-z][a-z-]+)", text))


def main():
    t = Ktap(os.path.join(BUILD, "ktap/docs.ktap"))
    readme = read("README.md")
    guide = read("Documentation/admin-guide/virtio-argo.rst")
    listed = [*table("tools/testing/checks"), *table("tools/testing/checks-all")]
    checks = {row[0] for row in listed}
    bridge = os.path.join(BUILD, "tools/virtio-argo-bridge")

    # --- README ---------------------------------------------------------------
    database = subprocess.run(["make", "-pqrR", "help"], capture_output=True, text=True,
                              check=False).stdout
    targets = set(re.findall(r"^([a-z][a-z-]*):(?!=)", database, re.M))
    t.within("README: every target of make that it names is there",
             set(re.findall(r"`make ([a-z][a-z-]*)", readme)) |
             set(re.findall(r"^    make ([a-z][a-z-]*)", readme, re.M)), targets)
    helped = subprocess.run(["make", "-s", "help"], capture_output=True, text=True,
                            check=False).stdout
    t.within("make help: every target that it names is there",
             set(re.findall(r"make ([a-z][a-z-]*)", helped)), targets)
    t.within("README: every file that it names is there",
             {p for p in re.findall(r"`((?:tools|Documentation|drivers|include)/[^`]*)`", readme)
              if not p.startswith("build/")},
             {p for p in glob.glob("**", recursive=True)} |
             {p + "/" for p in glob.glob("**", recursive=True) if os.path.isdir(p)})
    t.within("README: every test in its status table is run by make check or check-all",
             set(re.findall(r"^\|.*\|\s*([a-z][\w-]*)\s*\|$", readme, re.M)) - {"by"}, checks)
    known = list(table("tools/testing/docs/commands"))
    t.ok("README: every command that it shows is run by a test, or said to be by hand",
         [f"not in tools/testing/docs/commands: {c}" for c in readme_commands(readme)
          if not any(re.fullmatch(k[0], c) for k in known)])
    t.ok("README: the tests that are to run its commands are there",
         [f"{k[0]}: {k[1]}" for k in known
          if k[1] not in checks and not k[1].startswith("by hand, ")])
    demo = read("tools/testing/xen/scenarios/demo.sh")
    shown = re.search(r"qemu-storage-daemon \\\n(.*\n.*)\n", readme)
    t.within("README: qemu-storage-daemon's export is the demo's",
             set(re.findall(r"[\w.-]+(?==)", (shown.group(1) if shown else "").split("--export")[-1])),
             set(re.findall(r"[\w.-]+(?==)", demo)))
    t.ok("README: the guest's configuration is the demo's",
         [] if re.search(r'virtio = \[ .type=virtio,device2,backend=0. \]', readme) and
         re.search(r'virtio = \[ .type=virtio,device2,backend=0. \]', demo) else
         ["the lines differ"])

    # --- scenarios -----------------------------------------------------------------
    scenarios = {os.path.basename(p)[:-3] for p in glob.glob("tools/testing/xen/scenarios/*.sh")}
    commands = " ".join(row[2] for row in listed)
    # What is measured, not checked: see make bench, and scenarios/emulator.sh.
    t.ok("checks: every scenario of the lab is run by make check or check-all",
         [name for name in sorted(scenarios - {"bench", "emulator"})
          if not re.search(rf"\b(xen-)?{name}\b", commands)])

    named = {re.sub(r"-debug$", "", name) for name in re.findall(r"\bxen-([\w-]+)", commands)}
    t.ok("checks: every scenario that they run is there", sorted(named - scenarios))

    # --- the guide --------------------------------------------------------------------
    parameters = set()
    for path in glob.glob("drivers/virtio/*.c") + glob.glob("drivers/xen/argo/*.c"):
        parameters |= set(re.findall(r"^module_param(?:_array|_named)?\((\w+)", read(path), re.M))
    section = guide.split("Parameters of virtio_argo")[1].split("\nLinks\n")[0]
    t.same("guide: module parameters", set(re.findall(r"^``(\w+)``", section, re.M)), parameters)
    names = set(re.findall(r'\] = "(\w+)"', read("drivers/xen/argo/stats.c")))
    section = guide.split("xen-argo/stats``")[1].split("xen-argo/rings``")[0]
    t.same("guide: counters of xen-argo", set(re.findall(r"^``(\w+)``", section, re.M)), names)
    names = set(re.findall(r'_\(\w+, "(\w+)"\)', read("drivers/virtio/virtio_argo_link.h")))
    section = guide.split("<link>/stats``")[1]
    t.same("guide: counters of virtio_argo", set(re.findall(r"^``(\w+)``", section, re.M)),
           names | {"connected"})
    told = set(re.findall(r'"not loaded: ([^"%]*)', strings(read("drivers/xen/argo/main.c"))))
    section = re.sub(r"\s+", " ", guide.split("When xen-argo is loaded")[1].split("From virtio_argo")[0])
    t.ok("guide: every message of xen-argo's probe",
         [m for m in sorted(told) if re.split(r"[;(\\]", m)[0].strip() not in section]
         or ([] if told else ["no message was found"]))
    said = strings("".join(read(p) for p in sorted(glob.glob("drivers/virtio/*.c"))))
    section = guide.split("From virtio_argo\n")[1].split("From virtio-argo-bridge")[0]
    rows = re.findall(r"^(\S.*?)  +\S", section.split("do\n=")[1].split("\n", 1)[1], re.M)
    t.ok("guide: virtio_argo does say what it is told to say",
         [row for row in rows if row.strip("= ") and
          not re.search(re.sub(r"\\?\b[A-Z]\b", "[^ ]+", re.escape(row)), said)]
         or ([] if rows else ["no message was found"]))
    modules = set(re.findall(r"(?:^obj-\S+\s*\+?=|\s)\s*([\w-]+)\.o\b", "\n".join(
        line for path in ("drivers/xen/argo/Makefile", "drivers/virtio/Makefile")
        for line in read(path).splitlines()
        if line.startswith("obj-") and "KUNIT" not in line and "FAKE" not in line), re.M))
    section = guide.split("Modules\n===")[1].split("Parameters of")[0]
    t.same("guide: modules", set(re.findall(r"^``([\w-]+)``", section, re.M)), modules)

    # --- the bridge --------------------------------------------------------------------
    usage = subprocess.run([bridge, "--help"], capture_output=True, text=True, check=False)
    t.ok("bridge: --help succeeds", [] if usage.returncode == 0 else [usage.stderr])
    offered = set(re.findall(r"^  --([a-z-]+)", usage.stdout, re.M))
    pages = {os.path.basename(p): p for p in glob.glob("**/*.[1-9]", recursive=True)
             if not p.startswith("build/")}
    t.ok("man pages: of the installed program and of the device",
         [f"{name} is missing" for name in ("virtio-argo-bridge.8", "xen-argo.4")
          if name not in pages])
    page = read(pages["virtio-argo-bridge.8"]) if "virtio-argo-bridge.8" in pages else ""
    text = page.replace("\\-", "-")
    documented = set(re.findall(r"^(?:\.It Fl -|\.(?:B|BR|BI|TP|OP|IP) .*?--)([a-z][a-z-]+)", text, re.M))
    documented |= set(re.findall(r"^\\fB--([a-z][a-z-]+)", text, re.M))
    t.same("bridge: the options of its man page are those of --help", documented, offered)
    t.within("bridge: README's options are there",
             options(" ".join(c for c in readme_commands(readme) if "virtio-argo-bridge" in c)),
             offered)
    tool = os.path.join(os.path.dirname(bridge), "virtio-argo")
    said = "".join(subprocess.run([tool, command, "--help"], capture_output=True, text=True,
                                  check=True).stdout for command in ("acpi", "attach", "detach"))
    t.within("the guide's options are the bridge's or the tool's",
             options(guide), offered | options(said))
    codes = set(re.findall(r"\b([0-9]) [a-z]", usage.stdout.split("Exit status:")[-1]))
    defined = set(re.findall(r"BRIDGE_EXIT_\w+\s*=?\s*([0-9])",
                             "".join(read(p) for p in glob.glob("tools/virtio-argo/bridge/*.h"))))
    t.same("bridge: the exit status values of --help are the program's", codes, defined)
    ioctls = set(re.findall(r"#define (XEN_ARGO_IOC_\w+)", read("include/uapi/xen/argo.h")))
    page = read(pages["xen-argo.4"]) if "xen-argo.4" in pages else ""
    t.same("xen-argo(4): the ioctls", set(re.findall(r"XEN_ARGO_IOC_\w+", page)), ioctls)
    sys.exit(t.finish())


main()
