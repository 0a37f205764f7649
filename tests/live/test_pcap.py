"""pcap() with the kernel's own packets: UDP over the loopback, in a file that is read here by the format's description.

Where the kernel lets functions be probed: on others the scripts in tests/programs/actions make packets of their own.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from struct import unpack_from

import pytest

from pydtrace.linux import features

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROBED = os.geteuid() == 0 and any((features.KPROBE_MULTI, features.FENTRY, features.KPROBE_PERF))
SIZES = [5, 100, 3000]
SENDER = f"""
import socket
a, b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
a.bind(("127.0.0.1", 0)); b.bind(("127.0.0.2", 0))
for size in {SIZES}:
    a.sendto(bytes(i % 251 for i in range(size)), b.getsockname())
    assert len(b.recv(9999)) == size
print(a.getsockname()[1], b.getsockname()[1], flush=True)
"""


def packets(data: bytes) -> tuple[int, int, list[tuple[float, int, bytes]]]:
    """Link type, snapshot length, and of each packet the time, its length and the bytes."""
    magic, major, minor, zone, accuracy, most, link = unpack_from("<IHHiIII", data)
    assert (magic, major, minor, zone, accuracy) == (0xA1B2C3D4, 2, 4, 0, 0)
    found, at = [], 24
    while at < len(data):
        seconds, micros, captured, length = unpack_from("<IIII", data, at)
        assert captured <= min(most, length) and micros < 10**6
        found.append((seconds + micros / 1e6, length, data[at + 16 : at + 16 + captured]))
        at += 16 + captured
    assert at == len(data)
    return link, most, found


@pytest.mark.skipif(not PROBED, reason="pcap() takes packets from probed kernel functions, which this kernel refuses")
def test_real_packets(tmp_path: object) -> None:
    file, sender = os.path.join(str(tmp_path), "packets.pcap"), os.path.join(str(tmp_path), "sender.py")
    with open(sender, "w") as script:
        script.write(SENDER)
    program = (
        f'BEGIN {{ freopen("{file}"); }} '
        "fbt::ip_rcv:entry /pid == $target/ { pcap((struct sk_buff *)arg0, PCAP_IP); } "
        'END { freopen(""); }'
    )
    before = time.time()
    command = [os.path.join(ROOT, "dtrace"), "-qw", "-n", program, "-c", f"{sys.executable} {sender}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stderr) == (0, "")
    source, destination = map(int, done.stdout.split()[:2])
    with open(file, "rb") as opened:
        link, most, found = packets(opened.read())
    assert (link, most) == (101, 1514)
    assert len(found) == len(SIZES)
    for (when, length, data), size in zip(found, SIZES):
        assert before - 2 < when < time.time() + 2
        whole = size + 28
        assert (length, len(data)) == (whole, min(whole, most))
        version, total, protocol, sent, to = unpack_from("!B1xH5xB2x4s4s", data)
        assert (version, total, protocol) == (0x45, whole, 17)
        assert (socket.inet_ntoa(sent), socket.inet_ntoa(to)) == ("127.0.0.1", "127.0.0.2")
        assert unpack_from("!HHH", data, 20) == (source, destination, size + 8)
        assert data[28:] == bytes(i % 251 for i in range(size))[: most - 28]
    if shutil.which("tcpdump"):
        read = subprocess.run(["tcpdump", "-Z", "root", "-nr", file], capture_output=True, text=True, timeout=20)
        lines = [line.split(" ", 1)[1] for line in read.stdout.splitlines()]
        assert lines == [f"IP 127.0.0.1.{source} > 127.0.0.2.{destination}: UDP, length {size}" for size in SIZES]
