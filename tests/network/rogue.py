"""A server that speaks LDAP over TLS and does what a domain controller never does; in threads of the tests.

Its certificate is right, it takes any certificate of a client (EXTERNAL), and it knows a domain with a rootDSE and nothing in it."""

import socket
import ssl
import subprocess
import threading
import time

BASE = "DC=rogue,DC=test"
SEARCH, ENTRY, RESULT, REFERENCE, EXTENDED, EXTENDED_RESULT, INTERMEDIATE = 0x63, 0x64, 0x65, 0x73, 0x77, 0x78, 0x79
BIND, BIND_RESULT, UNBIND = 0x60, 0x61, 0x42
START_TLS = b"1.3.6.1.4.1.1466.20037"


# BER


def tlv(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    length = bytes([size]) if size < 128 else b"\x84" + size.to_bytes(4, "big")
    return bytes([tag]) + length + body


def integer(number, tag=2):
    return tlv(tag, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def octets(text, tag=4):
    return tlv(tag, text if isinstance(text, bytes) else text.encode())


def message(number, operation, controls=b""):
    return tlv(0x30, integer(number), operation, controls)


def result(number, kind=RESULT, code=0, text="", controls=b"", more=b""):
    return message(number, tlv(kind, integer(code, 10), octets(""), octets(text), more), controls)


def entry(number, dn, attributes):
    listed = [tlv(0x30, octets(name), tlv(0x31, *map(octets, values))) for name, values in attributes.items()]
    return message(number, tlv(ENTRY, octets(dn), tlv(0x30, *listed)))


def page(cookie):
    return tlv(0xA0, tlv(0x30, octets("1.2.840.113556.1.4.319"), octets(tlv(0x30, integer(0), octets(cookie)))))


def parse(data, at):
    """One element: its tag, its contents, where the next begins."""
    tag, size, at = data[at], data[at + 1], at + 2
    if size & 0x80:
        size, at = int.from_bytes(data[at:at + (size & 0x7F)], "big"), at + (size & 0x7F)
    return tag, data[at:at + size], at + size


def read_message(stream):
    """The number, the kind and the contents of what was asked; None at the end."""
    head = stream.read(2)
    if len(head) < 2:
        return None
    size = head[1]
    if size & 0x80:
        size = int.from_bytes(stream.read(size & 0x7F), "big")
    body = stream.read(size)
    _, number, at = parse(body, 0)
    kind, contents, _ = parse(body, at)
    return int.from_bytes(number, "big"), kind, contents


def root():
    return {"supportedCapabilities": ["1.2.840.113556.1.4.800", "1.2.840.113556.1.4.1670"],
            "defaultNamingContext": [BASE], "rootDomainNamingContext": [BASE],
            "configurationNamingContext": ["CN=Configuration," + BASE], "dnsHostName": ["dc1.rogue.test"],
            "domainFunctionality": ["7"], "forestFunctionality": ["7"], "domainControllerFunctionality": ["7"],
            "isGlobalCatalogReady": ["TRUE"], "currentTime": [time.strftime("%Y%m%d%H%M%S.0Z", time.gmtime())],
            "supportedSASLMechanisms": ["EXTERNAL", "GSS-SPNEGO"], "supportedControl": ["1.2.840.113556.1.4.319"]}


def host(number, **more):
    return {"objectClass": ["top", "user", "computer"], "sAMAccountName": [f"HV{number}$"],
            "dNSHostName": [f"hv{number}.rogue.test"], "userAccountControl": ["16781312"],
            "servicePrincipalName": [f"Microsoft Virtual System Migration Service/HV{number}"], **more}


# Certificates


class Authority:
    """A CA of the tests' own, which issues to whatever name is asked for."""

    def __init__(self, place):
        self.place = place
        self.file = place / "ca.pem"
        self._run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                  place / "ca.key", "-out", self.file, "-subj", "/CN=CA of the tests", "-days", "2")

    @staticmethod
    def _run(*arguments):
        subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def issue(self, name, cn="dc1.rogue.test", san="IP:127.0.0.1,DNS:dc1.rogue.test"):
        certificate, key = self.place / f"{name}.pem", self.place / f"{name}.key"
        request, extension = self.place / f"{name}.csr", self.place / f"{name}.ext"
        self._run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out",
                  request, "-subj", f"/CN={cn}")
        extension.write_text(f"subjectAltName={san}\n" if san else "basicConstraints=CA:FALSE\n")
        self._run("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.place / "ca.key", "-CAcreateserial",
                  "-out", certificate, "-days", "2", "-extfile", extension)
        return certificate, key


# The server


class Rogue:
    """Listens on a port of its own; `search(send, number, base)` answers all but the rootDSE, or any of the other
    methods is replaced by whoever wants another trouble."""

    def __init__(self, authority, pair, search=None, plain=False, host="127.0.0.1", client="asked", port=0):
        self.plain = plain
        self._search = search
        self.asked = 0      # searches beyond the rootDSE
        self.subtrees = 0   # of them those that are paged
        self.binds = 0
        self.bound = []     # what each of these binds said
        self.filter = b""   # of the search at hand
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*pair)
        self._context.load_verify_locations(authority.file)
        self._context.verify_mode = ssl.CERT_OPTIONAL if client == "asked" else ssl.CERT_NONE
        self._socket = socket.create_server((host, port))
        self.port = self._socket.getsockname()[1]
        self.uri = f"{'ldap' if plain else 'ldaps'}://{host}:{self.port}"

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._socket.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            self.talk(connection if self.plain else self.secure(connection))
        except (OSError, ValueError, IndexError):
            pass
        finally:
            connection.close()

    def secure(self, connection):
        return self._context.wrap_socket(connection, server_side=True)

    def talk(self, connection):
        stream = connection.makefile("rb")
        while (asked := read_message(stream)) is not None:
            number, kind, contents = asked
            if kind == BIND:
                self.binds += 1
                self.bound.append(contents)
                self.bind(connection.sendall, number)
            elif kind == SEARCH:
                self._answer(connection.sendall, number, contents)
            elif kind == EXTENDED and START_TLS in contents:
                self.start_tls(connection, number)
                if not self.plain:
                    return self.talk(self.secure(connection))
            elif kind == EXTENDED:
                connection.sendall(result(number, EXTENDED_RESULT, more=octets("u:ROGUE\\audit", 0x8B)))
            elif kind == UNBIND:
                return

    def bind(self, send, number):
        send(result(number, BIND_RESULT))

    def start_tls(self, connection, number):
        connection.sendall(result(number, EXTENDED_RESULT, code=2, text="no TLS here"))

    def _answer(self, send, number, contents):
        _, base, at = parse(contents, 0)
        _, scope, at = parse(contents, at)
        if base == b"" and scope == b"\x00":  # else all that a catalogue has
            send(entry(number, "", root()) + result(number))
            return
        self.asked += 1
        self.subtrees += scope != b"\x00"
        for _ in range(4):
            _, _, at = parse(contents, at)
        self.filter = parse(contents, at)[1]
        self.search(send, number, base.decode(), scope != b"\x00")

    def search(self, send, number, base, subtree):
        if self._search:
            self._search(self, send, number, base, subtree)
        else:
            send(result(number))
