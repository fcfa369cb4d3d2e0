"""A TCP relay that keeps what goes through it, one file per connection and direction."""

import argparse
import asyncio
import itertools
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

    async def pump(reader, writer, path, limit, held=False):
        with open(path, "wb", buffering=0) as record:
            while piece := await reader.read(65536):
                if limit is not None:
                    piece, limit = piece[:limit], limit - len(piece[:limit])
                record.write(piece)
                await asyncio.sleep(options.delay_ms / 1000)
                writer.write(piece)
                await writer.drain()
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
        limits = (options.cut_after, options.hold_after, options.drip_after)
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
