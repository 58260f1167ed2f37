# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
"""xenstore through libxenstore: whole transactions, and errors in words.

A node that is not there is None to read and [] to list; whatever else fails ends
the program (Fault), so that a transaction is never committed by halves.
"""
import ctypes
import errno
import os

from fault import Fault, NOT_DONE

LIBRARIES = ("libxenstore.so.4", "libxenstore.so.3.0")
TRIES = 50			# of a transaction that others come between
READ = 1			# XS_PERM_READ


class Permission(ctypes.Structure):
    _fields_ = [("id", ctypes.c_uint), ("perms", ctypes.c_int)]


def library():
    for name in LIBRARIES:
        try:
            lib = ctypes.CDLL(name, use_errno=True)
            break
        except OSError:
            continue
    else:
        raise Fault(f"{LIBRARIES[0]} cannot be loaded, which talks to xenstore:"
                    " apt-get install libxenstore4", NOT_DONE)
    handle, transaction = ctypes.c_void_p, ctypes.c_uint32
    path, size = ctypes.c_char_p, ctypes.POINTER(ctypes.c_uint)
    for name, result, *arguments in (
            ("xs_open", handle, ctypes.c_ulong),
            ("xs_close", None, handle),
            ("xs_transaction_start", transaction, handle),
            ("xs_transaction_end", ctypes.c_bool, handle, transaction, ctypes.c_bool),
            ("xs_read", ctypes.c_void_p, handle, transaction, path, size),
            ("xs_write", ctypes.c_bool, handle, transaction, path, ctypes.c_char_p,
             ctypes.c_uint),
            ("xs_directory", ctypes.POINTER(ctypes.c_char_p), handle, transaction, path, size),
            ("xs_mkdir", ctypes.c_bool, handle, transaction, path),
            ("xs_rm", ctypes.c_bool, handle, transaction, path),
            ("xs_set_permissions", ctypes.c_bool, handle, transaction, path,
             ctypes.POINTER(Permission), ctypes.c_uint),
            ("xs_is_domain_introduced", ctypes.c_bool, handle, ctypes.c_uint)):
        function = getattr(lib, name)
        function.restype = result
        function.argtypes = arguments
    return lib


def free(pointer):
    libc = ctypes.CDLL(None)
    libc.free.argtypes = [ctypes.c_void_p]
    libc.free(pointer)


def refused(doing, error):
    """The fault that an errno of xenstore's is."""
    if error in (errno.EACCES, errno.EPERM):
        why = ("not permitted: this is for root, in the domain where the toolstack"
               " runs (dom0)")
    elif error == errno.ENOSPC:
        why = "the quota of the domain that owns it is used up"
    else:
        why = os.strerror(error)
    return Fault(f"xenstore: cannot {doing}: {why}", NOT_DONE)


class Xenstore:
    """An open connection. Outside of transaction() each call stands for itself."""

    def __init__(self):
        self._lib = library()
        self._transaction = 0
        self._handle = self._lib.xs_open(0)
        if not self._handle:
            error = ctypes.get_errno()
            if error in (errno.EACCES, errno.EPERM):
                raise refused("open it", error)
            raise Fault("there is no xenstore here: this is for the domain where the toolstack"
                        " runs (dom0), with xenstored running"
                        f" ({os.strerror(error)})", NOT_DONE)

    def close(self):
        self._lib.xs_close(self._handle)

    def transaction(self, work):
        """Does work() as a whole, again if others came between; its result."""
        for _ in range(TRIES):
            self._transaction = self._lib.xs_transaction_start(self._handle)
            if not self._transaction:
                raise refused("begin a transaction", ctypes.get_errno())
            aborted = True
            try:
                result = work()
                aborted = False
            finally:
                transaction, self._transaction = self._transaction, 0
                done = self._lib.xs_transaction_end(self._handle, transaction, aborted)
                error = ctypes.get_errno()
            if done:
                return result
            if error != errno.EAGAIN:
                raise refused("end a transaction", error)
        raise Fault(f"xenstore: others write there all the time: {TRIES} transactions in"
                    " vain; try again", NOT_DONE)

    def read(self, path):
        length = ctypes.c_uint()
        value = self._lib.xs_read(self._handle, self._transaction, path.encode(),
                                  ctypes.byref(length))
        if not value:
            return self._absent(f"read {path}")
        text = ctypes.string_at(value, length.value)
        free(value)
        return text.decode(errors="replace")

    def list(self, path):
        count = ctypes.c_uint()
        entries = self._lib.xs_directory(self._handle, self._transaction, path.encode(),
                                         ctypes.byref(count))
        if not entries:
            return self._absent(f"list {path}") or []
        names = [entries[i].decode(errors="replace") for i in range(count.value)]
        free(entries)
        return names

    def write(self, path, text):
        data = text.encode()
        if not self._lib.xs_write(self._handle, self._transaction, path.encode(), data,
                                  len(data)):
            raise refused(f"write {path}", ctypes.get_errno())

    def directory(self, path, owner, reader):
        """An empty node; what is written below has its owner and reader."""
        self.remove(path)
        if not self._lib.xs_mkdir(self._handle, self._transaction, path.encode()):
            raise refused(f"write {path}", ctypes.get_errno())
        permissions = (Permission * 2)(Permission(owner, 0), Permission(reader, READ))
        if not self._lib.xs_set_permissions(self._handle, self._transaction, path.encode(),
                                            permissions, 2):
            raise refused(f"set the permissions of {path}", ctypes.get_errno())

    def remove(self, path):
        if not self._lib.xs_rm(self._handle, self._transaction, path.encode()):
            self._absent(f"remove {path}")

    def is_domain(self, domain):
        """Whether there is a domain of that number."""
        return domain == 0 or self._lib.xs_is_domain_introduced(self._handle, domain)

    @staticmethod
    def _absent(doing):
        error = ctypes.get_errno()
        if error != errno.ENOENT:
            raise refused(doing, error)
