"""Ports for servers of the tests, which nobody else is given: none of those that connections begin at, as the kernel chooses them
(net.ipv4.ip_local_port_range, from 32768 on)."""

import random
import socket


class Port:
    """One of 127.0.0.1, by TCP and UDP, held until it is released for the server that takes it."""

    def __init__(self):
        while True:
            self.held = [socket.socket(type=kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)]
            self.number = random.randrange(20000, 32768)
            try:
                for each in self.held:
                    each.bind(("127.0.0.1", self.number))
                return
            except OSError:
                self.release()

    def release(self):
        for each in self.held:
            each.close()


def free_port():
    port = Port()
    port.release()
    return port.number
