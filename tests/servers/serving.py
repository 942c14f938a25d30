"""A server of asyncio's streams that closes, when it ends, every connection that it took."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(
    listening: socket.socket, serve: Serve, tls: ssl.SSLContext | None = None
) -> AsyncIterator[None]:
    """Serve each connection in a task of its own until the block ends.

    Only for a loop that has nothing else to do: all its other tasks are cancelled then.
    """
    loop = asyncio.get_running_loop()
    writers: list[asyncio.StreamWriter] = []
    tasks: set[asyncio.Future[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        tasks.add(asyncio.ensure_future(serve(reader, writer)))

    server = await asyncio.start_server(connected, sock=listening, ssl=tls)
    try:
        yield
    finally:
        # asyncio forgets a connection that it takes in the moment in which its server is closed:
        # first it takes no more, and those on their way join the server in the loop's next turn.
        for each in server.sockets:
            loop.remove_reader(each)
        await asyncio.sleep(0)
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for writer in writers:
            writer.transport.abort()
        # An aborted connection lets go of its socket in the loop's next turn.
        await asyncio.sleep(0)


@contextmanager
def serving_in_thread(
    listening: socket.socket, serve: Serve, tls: ssl.SSLContext | None = None
) -> Iterator[None]:
    """The same in a thread with a loop of its own."""
    is_ready = threading.Event()
    loop, stop = asyncio.new_event_loop(), asyncio.Event()

    async def run() -> None:
        async with serving(listening, serve, tls):
            is_ready.set()
            await stop.wait()

    def work() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(run())

    thread = threading.Thread(target=work)
    thread.start()
    is_ready.wait()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
