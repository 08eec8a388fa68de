"""Which line loses what it carries? A proxy between client and server, faulty by a seed."""

from __future__ import annotations

import random
import socket
import threading
from collections import Counter
from contextlib import suppress
from typing import Final, Self

import attrs

BUSY: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html\r\n"
    b"Retry-After: 0\r\nContent-Length: 11\r\nConnection: close\r\n\r\nnot now ..."
)
FAULTS: Final = ("drop_before", "cut_request", "drop_after", "cut_answer", "busy", "twice")
"""What happens to a call that is not carried well; each as often as the others.

drop_before  the server never sees it     drop_after   the answer is lost
cut_request  the server sees half of it   cut_answer   half of the answer arrives
busy         the proxy answers 503        twice        the server sees it twice at once
"""


@attrs.define
class FaultyProxy:
    """Carries calls to a server, `share` of them badly; counts what it did.

    Each connection carries one call: whoever wants another comes again.
    """

    target: tuple[str, int]
    seed: int
    share: float = 0.5
    counts: Counter[str] = attrs.field(factory=Counter)
    _socket: socket.socket = attrs.field(init=False)
    _lock: threading.Lock = attrs.field(factory=threading.Lock, init=False)
    _chance: random.Random = attrs.field(init=False)

    def __enter__(self) -> Self:
        """Listen."""
        self._chance = random.Random(self.seed)  # noqa: S311 (which fault, by a seed)
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Listen no longer."""
        # Closing alone would leave the thread waiting for somebody to come.
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        with caller, suppress(OSError):
            caller.settimeout(60)
            call = _read_call(caller)
            if call:
                self._carry(caller, call, self._next_fault())

    def _next_fault(self) -> str:
        with self._lock:
            is_bad = self._chance.random() < self.share
            fault = self._chance.choice(FAULTS) if is_bad else "well"
            self.counts[fault] += 1
        return fault

    def _carry(self, caller: socket.socket, call: bytes, fault: str) -> None:
        match fault:
            case "drop_before":
                return
            case "busy":
                caller.sendall(BUSY)
            case "cut_request":
                with socket.create_connection(self.target, timeout=60) as server:
                    server.sendall(call[: len(call) - 10])
            case "twice":
                other = threading.Thread(target=self._asked, args=(call,))
                other.start()
                caller.sendall(self._asked(call))
                other.join()
            case _:
                answer = self._asked(call)
                if fault == "cut_answer":
                    answer = answer[: len(answer) // 2]
                if fault != "drop_after":
                    caller.sendall(answer)

    def _asked(self, call: bytes) -> bytes:
        with socket.create_connection(self.target, timeout=60) as server:
            server.sendall(call)
            return b"".join(iter(lambda: server.recv(65_536), b""))


def _read_call(caller: socket.socket) -> bytes:
    """Return one call, asking the server to close when it has answered; b"": none came."""
    read = b""
    while b"\r\n\r\n" not in read:
        more = caller.recv(65_536)
        if not more:
            return b""
        read += more
    head, _, body = read.partition(b"\r\n\r\n")
    lines = [
        line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")
    ]
    lengths = [
        int(line.split(b":")[1])
        for line in lines
        if line.lower().startswith(b"content-length:")
    ]
    while len(body) < sum(lengths):
        more = caller.recv(65_536)
        if not more:
            return b""
        body += more
    return b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body
