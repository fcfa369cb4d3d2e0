"""What is done to a connection, whatever it carries; each takes the socket, plain or TLS, and ends when the other end goes."""

import os
import socket
import struct
import time

HUGE = b"\x30\x84\xff\xff\xff\xf0"  # the head of a message of 4 GB
LARGE = b"\x30\x84\x00\xff\xff\xf0"  # of 16 MB, which may still come


def silent(connection):
    while connection.recv(65536):
        pass


def drip(connection):
    """More often than any time-out between two bytes."""
    connection.sendall(LARGE)
    while True:
        connection.sendall(b"\x04")
        time.sleep(0.1)


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection._real_close()  # a file made of it keeps it open otherwise
    raise ConnectionError


def half_closed(connection):
    connection.shutdown(socket.SHUT_WR)
    silent(connection)


def garbage(connection):
    connection.sendall(os.urandom(4096))
    silent(connection)


def endless(connection):
    while True:
        connection.sendall(b"\x30\x0c\x02\x01\x7f\x61\x07\x0a\x01\x00\x04\x00\x04\x00" * 4096)


def huge(connection):
    connection.sendall(HUGE)
    silent(connection)


WAYS = {"silent": silent, "a byte now and then": drip, "reset": reset, "half-closed": half_closed, "garbage": garbage,
        "endless": endless, "a huge head": huge}
