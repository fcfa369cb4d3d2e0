"""A TCP relay that keeps what goes through it, one file per connection and direction."""

import argparse
import asyncio
import itertools
import os
import socket
import struct
from pathlib import Path


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    parser.add_argument("target", type=int)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--cut-after", type=int, help="drop a connection after so many bytes from the server")
    parser.add_argument("--hold-after", type=int, help="let a connection wait after so many bytes from the server")
    parser.add_argument("--drip-after", type=int, help="send a byte now and then, after so many bytes from the server")
    parser.add_argument("--turn-after", type=int, help="do what --way says, after so many bytes from the server")
    parser.add_argument("--way", choices=("reset", "half-closed", "garbage", "endless", "a huge head"))
    parser.add_argument("--rate", type=int, help="bytes a second from the server, of each connection")
    parser.add_argument("--silent", action="store_true", help="accept, and never answer")
    parser.add_argument("--delay-ms", type=int, default=0, help="hold every piece back")
    options = parser.parse_args()
    numbers = itertools.count(1)

    async def drip(writer):
        """Of a packet of SASL, or of a message, that is said to have 16 MB."""
        writer.write(b"\x00\xff\xff\xf0" * 2)
        while True:
            writer.write(b"\x04")
            await writer.drain()
            await asyncio.sleep(0.1)

    async def turn(writer):
        if options.way == "reset":
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return
        if options.way == "half-closed":
            writer.write_eof()
        while options.way == "endless":
            writer.write(b"\x30\x0c\x02\x01\x7f\x61\x07\x0a\x01\x00\x04\x00\x04\x00" * 4096)
            await writer.drain()
        if options.way != "half-closed":
            writer.write(os.urandom(4096) if options.way == "garbage" else b"\x30\x84\xff\xff\xff\xf0")
        await asyncio.Event().wait()

    async def slowly(writer, piece):
        """In parts of a tenth of a second."""
        step = max(1, options.rate // 10)
        for at in range(0, len(piece), step):
            writer.write(piece[at:at + step])
            await writer.drain()
            await asyncio.sleep(0.1)

    async def pump(reader, writer, path, limit, held=False):
        with open(path, "wb", buffering=0) as record:
            while piece := await reader.read(65536):
                if limit is not None:
                    piece, limit = piece[:limit], limit - len(piece[:limit])
                record.write(piece)
                await asyncio.sleep(options.delay_ms / 1000)
                if options.rate and path.suffix == ".down":
                    await slowly(writer, piece)
                else:
                    writer.write(piece)
                await writer.drain()
                if limit == 0 and options.way:
                    await turn(writer)
                if limit == 0 and options.drip_after is not None:
                    await drip(writer)
                if limit == 0 and held:
                    await asyncio.Event().wait()
                if limit == 0:
                    return
            writer.write_eof()

    async def serve(reader, writer):
        number = next(numbers)
        base = options.directory / f"{number:04}"
        if options.silent:
            base.with_suffix(".up").write_bytes(await reader.read(-1))
            return
        upstream_reader, upstream_writer = await asyncio.open_connection(options.address, options.target)
        up = asyncio.ensure_future(pump(reader, upstream_writer, base.with_suffix(".up"), None))
        limits = (options.cut_after, options.hold_after, options.drip_after, options.turn_after)
        limit = next((limit for limit in limits if limit is not None), None)
        down = asyncio.ensure_future(pump(upstream_reader, writer, base.with_suffix(".down"), limit,
                                          options.hold_after is not None))
        try:
            await down
        finally:
            up.cancel()
            for end in (writer, upstream_writer):
                end.transport.abort()

    server = await asyncio.start_server(serve, options.address, options.port)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())
