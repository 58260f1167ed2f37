#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
#
# Read reStructuredText and fail on anything that docutils remarks.
#
# Copyright (C) 2026 The VirtIO-Argo authors
import io
import sys

try:
    import docutils.core
    import docutils.nodes
    from docutils.parsers.rst import Directive, directives, roles
except ImportError:
    sys.exit("check_rst.py: docutils is missing (Debian: python3-docutils)")

# Those of Sphinx, with which the kernel builds its documentation
for role in ("command", "doc", "manpage", "option", "ref"):
    roles.register_local_role(role, roles.GenericRole(role, docutils.nodes.literal))



class KernelDoc(Directive):
    """The kernel's own: only that it has an argument is looked at."""

    required_arguments = 1

    def run(self):
        """Nothing to show."""
        return []


directives.register_directive("kernel-doc", KernelDoc)

bad = False
for path in sys.argv[1:]:
    remarks = io.StringIO()
    with open(path, encoding="utf-8") as f:
        docutils.core.publish_string(
            f.read(), source_path=path, writer_name="null",
            settings_overrides={"warning_stream": remarks, "report_level": 1,
                                "halt_level": 5, "_disable_config": True})
    sys.stderr.write(remarks.getvalue())
    bad = bad or bool(remarks.getvalue())
sys.exit(bad)
