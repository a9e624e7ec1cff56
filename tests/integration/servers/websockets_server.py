"""WebSockets by Python's websockets; the path says how it behaves. CERT and KEY: over TLS."""

import asyncio
import ssl
import sys

import websockets


async def room(socket):
    """Greets, tells who asks apart by the path, and answers in a word of its own."""
    await socket.send(f"welcome {socket.path}")
    async for message in socket:
        if message == "quit":
            await socket.close(4100, "as you wish")
        elif isinstance(message, bytes):
            await socket.send(message[::-1])
        else:
            await socket.send("noise")
            await socket.send(f"{len(message)} letters: {message}")


async def serve(socket):
    path = socket.path
    if path.startswith("/room/"):
        try:
            await room(socket)
        finally:
            print(f"{path} closed {socket.close_code} protocol {socket.subprotocol} cookie "
                  f"{socket.request_headers.get('Cookie')} who "
                  f"{socket.request_headers.get('X-Who')}", flush=True)
        return
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
    context = None
    if len(sys.argv) > 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
    async with websockets.serve(serve, "127.0.0.1", int(sys.argv[1]), max_size=None,
                                subprotocols=["chat"], ssl=context):
        await asyncio.Future()


asyncio.run(main())
