"""The name of an open file, as /proc shows it to the tracer: d_path() in eBPF.

The kernel's own bpf_d_path is for a few hooks only, so the tree of directory entries is walked here: from an entry to its parent, and from
the root of a mount to the place it is mounted on, until the root of the *tracer* is met (a small program run in dtrace itself notes it,
`root_program`). So a path is what readlink(/proc/PID/cwd) says: in a changed root the whole path, not the part below it. What the tracer's
root does not hold (another mount namespace, a mount that was taken away) is told from the top of its own tree.

Names come last to first, and a string keeps its beginning. So the tree is walked twice: once to add up the lengths, then to put each name
where it belongs; what lies behind `strsize` is left out. A path that has changed between the walks is `<unknown>`.

A file without a place in the tree is named by what it is, as its file system would: `socket:[N]`, `pipe:[N]`, `anon_inode:NAME`,
`mnt:[N]`, `/memfd:NAME (deleted)`. That a file system does so is seen from its function d_dname, which one it is from its magic number.

Words: DENTRY and MOUNT are where the walk is (struct mount, not the struct vfsmount within it), TOP is the mount's root entry, PLACE the
place in the text, GONE whether the file has been removed. The work area holds the text and, behind the longest name, what was read last.
"""

from __future__ import annotations

from ...dif import ir
from ...errors import UserError
from .frame import KEY, VALUE
from .helpers import READ_KERNEL, READ_KERNEL_STR, TASK
from .insns import R0, R1, R2, R3, R4, R5, R7, R9, R10, Asm, Label
from .layout import ARRAY, Layout, MapSpec
from .routine import W0, W1, W2, W3, W4, W5, Routine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn
    from .clause import Clause

DENTRY, MOUNT, TOP, PLACE, GONE, NUMBER = W0, W1, W2, W3, W4, W5
_NAME = 255  # the longest name of a file
_READ = 64  # bytes that are read at once
DEEP, SHALLOW = 4096, 48  # steps: with bpf_loop, and without
_DELETED = b" (deleted)"
_DIGITS, _SLASH = 20, 47
# Magic numbers of file systems whose files have no place in the tree, and what stands before the number or name.
PIPE, SOCK, ANON, NS, PID = 0x50495045, 0x534F434B, 0x09041934, 0x6E736673, 0x50494446


def root_program(layout: Layout) -> Asm:
    """Run once in dtrace: the root of its file system into the map."""
    a, out, at = Asm(), Label(), layout.config.paths
    a.call(TASK)
    for offset in (at["task_struct.fs"], at["fs_struct.root"]):
        a.mov(R3, R0)
        a.alui("add", R3, offset)
        a.mov(R1, R10)
        a.alui("add", R1, -16)
        a.imm(R2, 16)
        a.call(READ_KERNEL)
        a.bri("ne", R0, 0, out)
        a.ldx(8, R0, R10, -16)
    for word in (0, 8):  # as in struct path: the mount, the entry
        a.ldx(8, R2, R10, word - 16)
        a.map_value(R1, "root", word)
        a.stx(8, R1, 0, R2)
    a.place(out)
    a.imm(R0, 0)
    a.exit()
    return a

def sub_d_path(c: Clause, insn: Insn) -> None:
    """A path that cannot be read is a fault here; within the walk a bad address only ends it."""
    a = c.asm
    _known(c, "d_path")
    c.value(insn.args[0], R3)
    a.stx(8, R10, VALUE, R3)
    c.stack(R1, KEY)
    a.imm(R2, 16)
    a.call(READ_KERNEL)
    a.bri("ne", R0, 0, c.fault_label(ir.BADADDR))
    _walk(c, insn)


def sub___mount(c: Clause, insn: Insn) -> None:
    """Where a struct vfsmount is mounted: the path of its root."""
    a = c.asm
    _known(c, "fi_mount")
    c.value(insn.args[0], R1)
    a.stx(8, R10, KEY, R1)
    a.st(8, R10, KEY + 8, 0)
    _walk(c, insn)


def _walk(c: Clause, insn: Insn) -> None:
    """Call the routine; the mount and the entry are on the stack."""
    a, dst = c.asm, insn.dst
    assert isinstance(dst, ir.Slot) and dst.space == "tmp"
    c.layout.scratch(c.layout.this_size)
    a.mov(R1, R9)
    c.address(dst, R2)
    a.ldx(8, R3, R10, KEY)
    a.ldx(8, R4, R10, KEY + 8)
    a.call_function("d_path", lambda: d_path(Routine(a, c.layout, "d_path")))


def _known(c: Clause, what: str) -> None:
    if not c.layout.config.paths:
        raise UserError(f"{what} is not available: the kernel has no BTF")
    c.layout.maps.setdefault("root", MapSpec("root", ARRAY, 4, 16, 1))


class _Walk:
    """One routine: pieces that its parts share. `read` is where in scratch what was read last lies."""

    def __init__(self, r: Routine) -> None:
        self.r = r
        self.at = r.layout.config.paths
        self.read = r.work + (r.size + _NAME + 8 & ~7)
        self.unknown, self.copy = Label(), Label()
        # Of an entry at once: its parent and its name.
        at = self.at
        self.first = min(at["dentry.d_parent"], at["dentry.d_name"])
        self.parent = self.read + at["dentry.d_parent"] - self.first
        self.name = self.read + at["dentry.d_name"] - self.first + at["qstr.name"]
        self.length = self.read + at["dentry.d_name"] - self.first + at["qstr.len"]

    def follow(self, *offsets: int) -> None:
        """From the entry by these pointers, the last one's value into r1."""
        self.r.get(R1, "dentry")
        for offset in offsets:
            self.r.fetch(R1, offset, self.read + _READ, self.unknown)
            self.r.asm.ldx(8, R1, R9, self.read + _READ)

    def begin(self) -> None:
        """The words of the walk; without an entry it begins at the mount's root."""
        a, r, named = self.r.asm, self.r, Label()
        r.get(R1, "mount")
        a.stx(8, R9, MOUNT, R1)
        self.r.fetch(R1, self.at["mount.mnt"] + self.at["vfsmount.mnt_root"], TOP, self.unknown)
        r.get(R1, "dentry")
        a.bri("ne", R1, 0, named)
        a.ldx(8, R1, R9, TOP)
        a.place(named)
        a.stx(8, R9, DENTRY, R1)

    def step(self, stop: Label, place: bool) -> None:
        """One step up. `place`: the name goes where it belongs, before what is there; else only its length is added."""
        a, r, at = self.r.asm, self.r, self.at
        higher, inner, over, keep = Label(), Label(), Label(), Label()
        a.ldx(8, R4, R9, DENTRY)
        a.ldx(8, R5, R9, MOUNT)
        r.get(R1, "rootd")
        a.br("ne", R4, R1, higher)
        r.get(R1, "rootm")
        a.br("eq", R5, R1, stop)
        a.place(higher)
        a.ldx(8, R1, R9, TOP)
        a.br("ne", R4, R1, inner)
        self.r.fetch(R5, at["mount.mnt_parent"], self.read, stop)
        a.ldx(8, R5, R9, MOUNT)
        a.ldx(8, R4, R9, self.read)
        a.br("eq", R4, R5, stop)  # mounted nowhere
        a.stx(8, R9, MOUNT, R4)
        self.r.fetch(R5, at["mount.mnt_mountpoint"], DENTRY, stop)
        a.ldx(8, R4, R9, MOUNT)
        self.r.fetch(R4, at["mount.mnt"] + at["vfsmount.mnt_root"], TOP, stop)
        a.jump(over)
        a.place(inner)
        self.r.fetch(R4, self.first, self.read, stop, _READ)
        a.ldx(8, R4, R9, DENTRY)
        a.ldx(8, R5, R9, self.parent)
        a.br("eq", R4, R5, stop)  # the top of a tree, and no mount's root
        a.stx(8, R9, DENTRY, R5)
        a.ldx(4, R2, R9, self.length)
        a.bri("le", R2, _NAME, keep)
        a.imm(R2, _NAME)
        a.place(keep)
        a.ldx(8, R4, R9, PLACE)
        if place:
            a.alu("sub", R4, R2)
            a.alui("sub", R4, 1)
            a.stx(8, R9, PLACE, R4)
            a.bri("slt", R4, 0, stop)
            a.bri("ge", R4, r.size, over)
            a.mov(R1, R9)
            a.alu("add", R1, R4)
            a.st(1, R1, r.work, _SLASH)
            a.alui("add", R1, r.work + 1)
            a.ldx(8, R3, R9, self.name)
            a.call(READ_KERNEL)
        else:
            a.alu("add", R4, R2)
            a.alui("add", R4, 1)
            a.stx(8, R9, PLACE, R4)
        a.place(over)

    def look(self, walk: Label) -> None:
        """GONE of the entry; one that has a place in the tree goes on at `walk`, of another the text is made."""
        a, r, at = self.r.asm, self.r, self.at
        own, special, hashed = Label(), Label(), Label()
        r.get(R1, "mnt")
        self.r.fetch(R1, at["vfsmount.mnt_root"], TOP, self.unknown)
        r.get(R1, "dentry")
        self.r.fetch(R1, self.first, self.read, self.unknown, _READ)
        self.follow(at["dentry.d_hash"] + at["hlist_bl_node.pprev"])
        a.bri("ne", R1, 0, hashed)
        r.get(R2, "dentry")
        a.ldx(8, R3, R9, self.parent)
        a.br("eq", R2, R3, hashed)
        a.st(8, R9, GONE, 1)
        a.place(hashed)
        self.follow(at["dentry.d_op"])
        a.bri("eq", R1, 0, walk)
        self.r.fetch(R1, at["dentry_operations.d_dname"], self.read + _READ, self.unknown)
        a.ldx(8, R1, R9, self.read + _READ)
        a.bri("eq", R1, 0, walk)
        r.get(R2, "dentry")
        a.ldx(8, R3, R9, self.parent)
        a.br("ne", R2, R3, special)
        a.ldx(8, R3, R9, TOP)
        a.br("eq", R2, R3, walk)  # the root of a mount, of a namespace for example: it is where that is
        a.place(special)
        kinds = {magic: Label() for magic in (PIPE, SOCK, ANON, NS, PID)}
        self.follow(at["dentry.d_sb"], at["super_block.s_magic"])
        for magic, label in kinds.items():
            a.bri("eq", R1, magic, label)
        self._text(b"/", name=True, behind=_DELETED)
        a.place(kinds[ANON])
        self._text(b"anon_inode:", name=True)
        a.place(kinds[PID])
        self._text(b"anon_inode:[pidfd]")
        for magic, before in ((PIPE, b"pipe:["), (SOCK, b"socket:[")):
            a.place(kinds[magic])
            _put(a, R9, r.work, before)
            a.st(8, R9, PLACE, len(before))
            a.jump(own)
        a.place(kinds[NS])
        self.follow(at["dentry.d_inode"], at["inode.i_private"], at["ns_common.ops"], at["proc_ns_operations.name"])
        a.mov(R3, R1)
        r.work_address(R1)
        a.imm(R2, 32)
        a.call(READ_KERNEL_STR)
        a.bri("slt", R0, 1, self.unknown)
        a.bri("gt", R0, 32, self.unknown)
        a.mov(R1, R9)
        a.alu("add", R1, R0)
        _put(a, R1, r.work - 1, b":[")
        a.alui("add", R0, 1)
        a.stx(8, R9, PLACE, R0)
        a.place(own)
        self.follow(at["dentry.d_inode"], at["inode.i_ino"])
        a.stx(8, R9, NUMBER, R1)
        self._number()
        a.jump(self.copy)

    def _text(self, before: bytes, name: bool = False, behind: bytes = b"") -> None:
        """The whole text is this, with the entry's name in it."""
        a, r = self.r.asm, self.r
        _put(a, R9, r.work, before + b"\0")
        if name:
            r.work_address(R1, len(before))
            a.imm(R2, _NAME + 1)
            a.ldx(8, R3, R9, self.name)
            a.call(READ_KERNEL_STR)
        if behind:
            a.bri("slt", R0, 1, self.unknown)
            a.bri("gt", R0, _NAME, self.unknown)
            a.mov(R1, R9)
            a.alu("add", R1, R0)
            _put(a, R1, r.work + len(before) - 1, behind + b"\0")
        a.jump(self.copy)

    def _number(self) -> None:
        """NUMBER and a bracket at PLACE. The digits are made from the last to the first, where things are read; GONE is the first."""
        a, r = self.r.asm, self.r

        def digit(stop: Label) -> None:
            a.ldx(8, R3, R9, NUMBER)
            a.mov(R4, R3)
            a.alui("udiv", R3, 10)
            a.alui("umod", R4, 10)
            a.stx(8, R9, NUMBER, R3)
            a.alui("add", R4, 48)
            a.imm(R2, _DIGITS - 1)
            a.alu("sub", R2, R7)
            a.stx(8, R9, GONE, R2)
            a.mov(R1, R9)
            a.alu("add", R1, R2)
            a.stx(1, R1, self.read, R4)
            a.bri("eq", R3, 0, stop)

        r.loop(digit, _DIGITS)
        r.word(R3, GONE, _DIGITS, self.unknown)
        r.word(R4, PLACE, 64, self.unknown)
        a.imm(R2, _DIGITS)
        a.alu("sub", R2, R3)
        a.alu("add", R3, R9)
        a.alui("add", R3, self.read)
        a.mov(R1, R4)
        a.alu("add", R1, R9)
        a.alui("add", R1, r.work)
        a.mov(R7, R1)
        a.alu("add", R7, R2)
        a.call(READ_KERNEL)
        _put(a, R7, 0, b"]\0")


def _put(a: Asm, base: int, offset: int, text: bytes) -> None:
    """A constant text to memory, byte by byte."""
    for i, c in enumerate(text):
        a.st(1, base, offset + i, c)


def d_path(r: Routine) -> None:
    """Parameters: the struct vfsmount, and the entry in it or 0 for its root."""
    a, w = r.asm, _Walk(r)
    rounds = DEEP if r.layout.config.loops else SHALLOW
    walk, some, short, there = Label(), Label(), Label(), Label()
    inside = w.at["mount.mnt"]
    r.enter("dst", "mnt:int", "dentry:int")
    r.get(R1, "mnt")
    a.alui("sub", R1, inside)
    r.set("mount", R1)
    a.map_value(R1, "root")
    a.ldx(8, R2, R1, 0)
    a.alui("sub", R2, inside)
    r.set("rootm", R2)
    a.ldx(8, R2, R1, 8)
    r.set("rootd", R2)
    a.st(8, R9, PLACE, 0)
    a.st(8, R9, GONE, 0)
    r.get(R1, "dentry")
    a.bri("eq", R1, 0, walk)
    w.look(walk)
    a.place(walk)
    w.begin()
    r.loop(lambda stop: w.step(stop, False), rounds)
    # What is behind the names.
    a.ldx(8, R2, R9, PLACE)
    a.bri("ne", R2, 0, some)
    _put(a, R9, r.work, b"/\0")
    a.jump(w.copy)
    a.place(some)
    a.bri("lt", R2, r.size, short)
    a.imm(R2, r.size)
    a.place(short)
    a.mov(R1, R9)
    a.alu("add", R1, R2)
    a.st(1, R1, r.work, 0)
    a.ldx(8, R3, R9, GONE)
    a.bri("eq", R3, 0, there)
    _put(a, R1, r.work, _DELETED + b"\0")
    a.place(there)
    w.begin()
    r.loop(lambda stop: w.step(stop, True), rounds)
    a.ldx(8, R1, R9, PLACE)
    a.bri("eq", R1, 0, w.copy)
    a.place(w.unknown)
    _put(a, R9, r.work, b"<unknown>\0")
    a.place(w.copy)
    r.work_address(R3)
    a.imm(R2, r.size)
    r.text(R3)
    r.leave()
