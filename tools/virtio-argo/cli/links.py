# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
"""Links of a domain that exists: the nodes in xenstore that make one.

They are those of libxl 4.18 and later for "type=virtio,device2,backend=DOMAIN":
one half with the guest, which its driver looks at; one with the backend, whose
state it watches; and a note of both below /libxl, by which xl takes them away with
the domain. Before 4.18, xl does not know the kind "virtio" in that note and leaves
the backend's half behind. So whoever attaches takes away what is left of domains
that are gone.
"""
import re
import time

from fault import Fault, GUEST_HOLDS, IS_SO, NOT_DONE

LINKS = 0x10000			# numbers; the driver takes no other
STATES = {"1": "Initialising", "2": "InitWait", "3": "Initialised", "4": "Connected",
          "5": "Closing", "6": "Closed"}
INITIALISING, CLOSING, CLOSED = "1", "5", "6"
TURN = 0.2			# seconds from one look at the guest's state to the next


class Domain:
    """A domain: its number, and its name if it has one."""

    def __init__(self, number, name=None):
        self.number = number
        self.name = name

    def __str__(self):
        return f"{self.name} (domain {self.number})" if self.name else f"domain {self.number}"


class Link:
    """Link N of a guest: where its nodes are."""

    def __init__(self, guest, n, backend):
        self.guest = guest
        self.n = n
        self.backend = backend
        self.front = f"{front_of(guest.number)}/{n}"
        self.back = f"{back_of(backend, guest.number)}/{n}"
        self.note = f"{note_of(guest.number)}/{n}"

    def __str__(self):
        return f"link {self.n} of guest {self.guest} to domain {self.backend}"


def front_of(guest):
    return f"/local/domain/{guest}/device/virtio"


def back_of(backend, guest):
    return f"/local/domain/{backend}/backend/virtio/{guest}"


def note_of(guest):
    return f"/libxl/{guest}/device/virtio"


def find_domain(store, text):
    """The domain of that number or name, or None; of a number, also without a domain."""
    if text.isdecimal():
        number = int(text)
        return Domain(number, store.read(f"/local/domain/{number}/name"))
    found = [int(n) for n in store.list("/local/domain")
             if n.isdecimal() and store.read(f"/local/domain/{n}/name") == text]
    found = [n for n in found if store.is_domain(n)]
    if len(found) > 1:
        raise Fault(f"domains {', '.join(map(str, sorted(found)))} have the name {text}:"
                    " say the number", NOT_DONE)
    return Domain(found[0], text) if found else None


def find_guest(store, text):
    guest = find_domain(store, text)
    if not guest or not store.is_domain(guest.number):
        raise no_domain(text)
    return guest


def no_domain(text):
    number = " of the number" if text.isdecimal() else ""
    return Fault(f"there is no domain{number} {text}: xl list shows those that there are",
                 NOT_DONE)


def find_links(store, guest):
    """The links of a guest, in their order."""
    links = []
    for n in store.list(front_of(guest.number)):
        backend = store.read(f"{front_of(guest.number)}/{n}/backend-id")
        # A guest may write there what it likes: those are no links.
        if n.isdecimal() and backend and backend.isdecimal():
            links.append(Link(guest, int(n), int(backend)))
    return sorted(links, key=lambda link: link.n)


# --- attach -------------------------------------------------------------------


def attach(store, options):
    guest = find_guest(store, options.guest)
    backend = find_domain(store, options.backend)
    if not backend:
        raise no_domain(options.backend)
    if backend.number == guest.number:
        raise Fault(f"{guest} cannot be its own backend")
    if not store.is_domain(backend.number):
        raise Fault(f"there is no domain {backend.number}, and xenstore gives nothing to one that"
                    " is not there: start the backend's domain first", NOT_DONE)
    print(store.transaction(lambda: write_link(store, guest, backend.number, options)))


def write_link(store, guest, backend, options):
    links = find_links(store, guest)
    n = options.link
    if n is None:
        for link in links:
            if link.backend == backend:
                raise Fault(f"{link} is there already; --link makes another one", IS_SO)
        taken = store.list(front_of(guest.number))
        n = next(i for i in range(LINKS) if str(i) not in taken)
    elif str(n) in store.list(front_of(guest.number)):
        there = next((str(link) for link in links if link.n == n),
                     f"link {n} of guest {guest}")
        raise Fault(f"{there} is there already", IS_SO)

    link = Link(guest, n, backend)
    sweep(store, backend)
    there = {
        "frontend-id": str(guest.number),
        "online": "1",
        "state": INITIALISING,
        # What libxl says of a device without transport
        "irq": "0",
        "base": "0",
        "type": "virtio,device2",
        "transport": "unknown",
        "grant_usage": "0" if backend == 0 else "1",
    }
    here = {"backend-id": str(backend), "state": INITIALISING}
    if options.port is not None:
        here["port"] = str(options.port)
    if options.ring_size is not None:
        here["ring-size"] = str(options.ring_size)
    if options.outage_timeout is not None:
        here["outage-timeout"] = str(options.outage_timeout)

    # Without libxl as its toolstack, nobody would ever remove a note
    if store.read(f"/libxl/{guest.number}") is not None:
        store.remove(link.note)
        write_all(store, link.note, {"frontend": link.front, "backend": link.back, **there})
    store.directory(link.front, guest.number, backend)
    write_all(store, link.front, {"backend": link.back, **here})
    store.directory(link.back, backend, guest.number)
    write_all(store, link.back, {"frontend": link.front, **there})
    return link


def write_all(store, path, nodes):
    for name, text in nodes.items():
        store.write(f"{path}/{name}", text)


def sweep(store, backend):
    """Takes away the halves of links of domains that are gone."""
    there = f"/local/domain/{backend}/backend/virtio"
    for guest in store.list(there):
        if guest.isdecimal() and not store.is_domain(int(guest)):
            store.remove(f"{there}/{guest}")


# --- detach -------------------------------------------------------------------


def detach(store, options):
    try:
        guest = find_guest(store, options.guest)
    except Fault:
        if options.guest.isdecimal() and store.transaction(
                lambda: remove_remains(store, int(options.guest))):
            print(f"domain {options.guest} is gone: what was left of its links is removed")
            return
        raise
    link = choose(store, guest, options)
    if not options.force:
        let_go(store, link, options.timeout)
    store.transaction(lambda: remove_link(store, link))
    print(f"{link} is removed")


def choose(store, guest, options):
    links = find_links(store, guest)
    wanted = links
    if options.link is not None:
        wanted = [link for link in wanted if link.n == options.link]
    if options.backend is not None:
        backend = find_domain(store, options.backend)
        if not backend:
            raise no_domain(options.backend)
        wanted = [link for link in wanted if link.backend == backend.number]
    have = ", ".join(f"{link.n} (domain {link.backend})" for link in links) or "none"
    if not wanted:
        raise Fault(f"guest {guest} has no such link; it has: {have}", IS_SO)
    if len(wanted) > 1:
        raise Fault(f"which one? Guest {guest} has links {have}: say --link")
    return wanted[0]


def let_go(store, link, seconds):
    """Asks the guest's driver to close the link, and waits until it has."""

    def ask():
        state = store.read(f"{link.front}/state")
        # Initialising: no driver has it, nor has had it
        if state in (None, INITIALISING, CLOSED) or store.read(f"{link.back}/state") is None:
            return False
        store.write(f"{link.back}/online", "0")
        store.write(f"{link.back}/state", CLOSING)
        return True

    if not store.transaction(ask):
        return
    end = time.monotonic() + seconds
    while True:
        state = store.read(f"{link.front}/state")
        if state in (None, CLOSED):
            return
        if time.monotonic() >= end:
            break
        time.sleep(TURN)
    raise Fault(f"{link}: the guest does not let go of it within {seconds} s (its state is"
                f" {STATES.get(state, state)}): is it paused, or are its disks in use and their"
                " backend away? Detach again to wait again, or --force to take the link away",
                GUEST_HOLDS)


def remove_link(store, link):
    paths = [link.front, link.back, link.note]
    # The guest may have written another backend into its half; the note is not its own
    noted = store.read(f"{link.note}/backend") or ""
    if re.fullmatch(rf"/local/domain/[0-9]+/backend/virtio/{link.guest.number}/{link.n}", noted):
        paths.append(noted)
    for path in paths:
        store.remove(path)
        prune(store, path)


def prune(store, path):
    """And what it was in, up to "virtio", if nothing else is there."""
    while not path.endswith("/virtio"):
        path = path.rpartition("/")[0]
        if store.read(path) != "" or store.list(path):
            break
        store.remove(path)


def remove_remains(store, guest):
    """What is left with backends of a guest that is gone."""
    found = [path for path in (back_of(backend, guest)
                               for backend in store.list("/local/domain"))
             if store.read(path) is not None]
    for path in found:
        store.remove(path)
        prune(store, path)
    return bool(found)
