"""A KDC between a client and the real one: it writes down who asks, and is as awkward as asked for.

Its log has a line for each connection ("connection N") and for each request ("request N SECONDS")."""

import argparse
import asyncio
import itertools
import time

MODES = ("relay", "once", "drop", "silent", "huge", "garbage", "http", "half-closed", "drip", "endless")


async def framed(reader):
    """The next message, by its length."""
    return await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big"))


def frame(message):
    return len(message).to_bytes(4, "big") + message


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    parser.add_argument("log")
    parser.add_argument("--mode", choices=MODES, default="relay")
    parser.add_argument("--good", type=int, default=0, help="so many requests are relayed before it is awkward")
    parser.add_argument("--delay-ms", type=int, default=0, help="each way")
    options = parser.parse_args()
    numbers = itertools.count(1)
    log = open(options.log, "a", buffering=1)

    requests = itertools.count(1)

    async def trickle(writer):
        writer.write(b"\0\0\xea\x60" if options.mode == "drip" else b"\0\x10\0\0")
        while True:
            writer.write(b"\x7e" * (1 if options.mode == "drip" else 65536))
            await writer.drain()
            await asyncio.sleep(0.1 if options.mode == "drip" else 0)

    async def answer(message, upstream, writer):
        if next(requests) <= options.good:
            return await relayed(message, upstream)
        if options.mode in ("drip", "endless"):
            await trickle(writer)
        if options.mode == "http":
            return b"HTTP/1.1 400 Bad Request\r\n\r\n"
        if options.mode == "half-closed":
            writer.write_eof()
        if options.mode in ("silent", "half-closed"):
            await asyncio.Event().wait()
        if options.mode == "huge":
            return b"\x7f\xff\xff\xff" + bytes(100)
        if options.mode == "garbage":
            return frame(bytes(range(100, 200)))
        if options.mode == "drop":
            return None
        return await relayed(message, upstream)

    async def relayed(message, upstream):
        await asyncio.sleep(options.delay_ms / 1000)
        upstream[1].write(frame(message))
        reply = await framed(upstream[0])
        await asyncio.sleep(options.delay_ms / 1000)
        return frame(reply)

    async def serve(reader, writer):
        number = next(numbers)
        log.write(f"connection {number}\n")
        # A SYN and its answer take their time, too.
        await asyncio.sleep(2 * options.delay_ms / 1000)
        upstream = await asyncio.open_connection(options.address, 88)
        try:
            while message := await framed(reader):
                log.write(f"request {number} {time.monotonic():.3f}\n")
                reply = await answer(message, upstream, writer)
                if reply is None:
                    return
                writer.write(reply)
                await writer.drain()
                if options.mode == "once":
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            for end in (writer, upstream[1]):
                end.transport.abort() if options.mode == "drop" else end.close()

    server = await asyncio.start_server(serve, options.address, options.port, backlog=200)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())
