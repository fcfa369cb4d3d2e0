"""A network of machines that are not there: answers TCP connections on a TUN device as each port is told to.

usage: machines.py DEVICE ADDRESS/BITS LOG PORTS   (PORTS: {"10.77.0.1": {"445": "open", "*": "drop"}, ...} as JSON)
"""

import fcntl
import json
import os
import struct
import subprocess
import sys
from pathlib import Path

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
FIN, SYN, RST, ACK = 1, 2, 4, 16
# Codes of ICMP "destination unreachable": what iptables REJECT, a router's filter and a router without ARP send.
UNREACHABLE = {"rejected": 3, "prohibited": 13, "nobody": 1}


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip(protocol, source, target, payload):
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0, source, target)
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def tcp(packet, flags, sequence, acknowledge):
    """An answer to this packet, the other way round."""
    source, target = packet[16:20], packet[12:16]
    ports = packet[22:24] + packet[20:22]
    head = ports + struct.pack(">IIBBHHH", sequence, acknowledge, 5 << 4, flags, 65535, 0, 0)
    whole = checksum(source + target + struct.pack(">BBH", 0, 6, len(head)) + head)
    return ip(6, source, target, head[:16] + struct.pack(">H", whole) + head[18:])


def icmp(packet, code):
    body = struct.pack(">BBHI", 3, code, 0, 0) + packet[:28]
    return ip(1, packet[16:20], packet[12:16], body[:2] + struct.pack(">H", checksum(body)) + body[4:])


def reply(packet, how):
    sequence, flags = struct.unpack(">I", packet[24:28])[0], packet[33]
    if how == "open" and flags & SYN:
        return tcp(packet, SYN | ACK, 1000, sequence + 1)
    if how == "open" and flags & FIN:
        return tcp(packet, FIN | ACK, 1001, sequence + 1)
    if how == "reset" and flags & SYN:
        return tcp(packet, RST | ACK, 0, sequence + 1)
    if how in UNREACHABLE and flags & SYN:
        return icmp(packet, UNREACHABLE[how])
    return None


def main():
    device, address, log, ports = sys.argv[1], sys.argv[2], Path(sys.argv[3]), json.loads(sys.argv[4])
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", device.encode(), IFF_TUN | IFF_NO_PI))
    subprocess.run(["ip", "address", "add", address, "dev", device], check=True)
    subprocess.run(["ip", "link", "set", device, "up"], check=True)
    with open(log, "a", buffering=1) as record:
        print("ready", flush=True)
        while packet := os.read(tun, 4096):
            if packet[0] != 0x45 or packet[9] != 6:
                continue
            machine, port = ".".join(map(str, packet[16:20])), str(struct.unpack(">H", packet[22:24])[0])
            told = ports.get(machine, {})
            if packet[33] & SYN:
                record.write(f"{machine} {port}\n")
            if len(packet) > 20 + (packet[32] >> 4) * 4:
                record.write(f"{machine} {port} DATA\n")
            answer = reply(packet, told.get(port, told.get("*", "drop")))
            if answer:
                os.write(tun, answer)


main()
