"""nameserver.py MODE ARGV...: runs a program where a DNS server of that mode is the only one; in a network and a root of its own.

The server knows rogue.test and dc1.rogue.test, at 127.0.0.1; see MODES for what it does instead.  What it is asked goes to
the file DNS_ASKED, a name and the number of a type on each line."""

import os
import random
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

import bad

A, SRV, TRUNCATED = 1, 33, 0x8780


def name(text):
    return b"".join(bytes([len(part)]) + part.encode() for part in text.split(".") if part) + b"\0"


def question(asked):
    labels, at = [], 12
    while asked[at]:
        labels.append(asked[at + 1:at + 1 + asked[at]].decode("latin1"))
        at += 1 + asked[at]
    return ".".join(labels).lower(), struct.unpack(">H", asked[at + 1:at + 3])[0], asked[12:at + 5]


def record(kind, data):
    return b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 1, len(data)) + data


def reply(asked, records, flags=0x8580):
    return asked[:2] + struct.pack(">HHHHH", flags, 1, len(records), 0, 0) + question(asked)[2] + b"".join(records)


def right(asked):
    host, kind, _ = question(asked)
    if kind == SRV:
        return reply(asked, [record(SRV, struct.pack(">HHH", 0, 100, 389) + name("dc1.rogue.test"))])
    return reply(asked, [record(A, bytes([127, 0, 0, 1]))] if kind == A else [])


def garbage(asked):
    return asked[:2] + b"\x81\x80" + random.randbytes(200)


def loop(asked):
    return reply(asked, [record(5, b"\xc0\x0c")])


def servers(count):
    return lambda asked: reply(asked, [record(SRV, struct.pack(">HHH", n, 100, 389) + name(f"dc{n}.rogue.test")) for n in range(count)]
                               if question(asked)[1] == SRV else [record(A, bytes([127, 9, 9, 9]))])


def cut(asked):
    return reply(asked, [], TRUNCATED)


def nobody(asked):
    return None


def closed(connection, asked):
    connection.close()


def turns(way):
    return lambda connection, asked: bad.WAYS[way](connection)


def drip(connection, asked):
    connection.sendall(b"\xff\xff")
    while True:
        connection.sendall(b"\x04")
        time.sleep(0.1)


def garbage_of_a_size(connection, asked):
    answer = garbage(asked)
    connection.sendall(struct.pack(">H", len(answer)) + answer)
    bad.silent(connection)


def endless(connection, asked):
    while True:
        connection.sendall(b"\xff\xff" + b"\x04" * 65535)


def head(connection, asked):
    connection.sendall(b"\xff\xff")
    bad.silent(connection)


TCP = {"closed": closed, **{way: turns(way) for way in ("silent", "reset", "half-closed")}, "a byte now and then": drip,
       "garbage": garbage_of_a_size, "endless": endless, "a huge head": head}

# What is answered over UDP, and over TCP.
MODES = {
    "right": (right, closed), "silent": (nobody, turns("silent")), "garbage": (garbage, closed), "loop": (loop, closed),
    "servfail": (lambda asked: reply(asked, [], 0x8582), closed), "nothing": (lambda asked: b"", closed),
    "another question": (lambda asked: reply(b"xx" + asked[2:], []), closed), "servers": (servers(12), closed),
    **{f"tcp {way}": (cut, answer) for way, answer in TCP.items()},
}


def serve(mode):
    over_udp, over_tcp = MODES[mode]
    datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagram.bind(("127.0.0.1", 53))
    stream = socket.create_server(("127.0.0.1", 53))

    def datagrams():
        while True:
            asked, sender = datagram.recvfrom(4096)
            if "DNS_ASKED" in os.environ:
                with open(os.environ["DNS_ASKED"], "a") as file:
                    print(*question(asked)[:2], file=file)
            if (answer := over_udp(asked)) is not None:
                datagram.sendto(answer, sender)

    def one(connection):
        try:
            size = struct.unpack(">H", connection.recv(2))[0]
            over_tcp(connection, connection.recv(size))
        except OSError:
            pass

    def streams():
        while True:
            threading.Thread(target=one, args=(stream.accept()[0],), daemon=True).start()

    for each in (datagrams, streams):
        threading.Thread(target=each, daemon=True).start()


if __name__ == "__main__":
    if os.environ.pop("DNS_INSIDE", "") != "yes":
        os.environ["DNS_INSIDE"] = "yes"
        os.execvp("unshare", ["unshare", "-n", "-m", "--propagation", "private", sys.executable, "-B", *sys.argv])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as conf:
        conf.write("nameserver 127.0.0.1\n")
        conf.flush()
        os.chmod(conf.name, 0o644)
        subprocess.run(["mount", "--bind", conf.name, os.path.realpath("/etc/resolv.conf")], check=True)
        serve(sys.argv[1])
        sys.exit(subprocess.run(sys.argv[2:]).returncode)
