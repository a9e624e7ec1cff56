"""WebSockets by Python's websockets; the path says how it behaves."""

import asyncio
import sys

import websockets


async def serve(socket):
    path = socket.path
    if path == "/chatty":  # speaks first, and between the echoes
        await socket.send("welcome")
    count = 0
    try:
        async for message in socket:
            count += 1
            if path == "/mute":
                continue
            if path == "/chatty":
                await socket.ping()
                await socket.send("news")
            if path == "/fragments":
                half = len(message) // 2
                await socket.send([message[:half], message[half:]])
            else:
                await socket.send(message)
            if path == "/ten" and count == 10:
                await socket.close(1001, "enough")
    finally:
        print(f"{path} closed {socket.close_code} after {count}", flush=True)


async def main():
    async with websockets.serve(serve, "127.0.0.1", int(sys.argv[1]), max_size=None,
                                subprotocols=["chat"]):
        await asyncio.Future()


asyncio.run(main())
