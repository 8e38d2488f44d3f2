"""`lifecycle serve` as a program of its own: it answers, and ends when it is told to."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def status(port: int, path: str) -> int | None:
    """The status of an answer; None when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM], ids=["INT", "TERM"])
def test_the_desk_answers_until_a_signal_comes(tmp_path: Path, by: signal.Signals) -> None:
    program = [sys.executable, "-c", "from cli.main import main; main()"]
    environment = {**os.environ, "LIFECYCLE_DATA_DIR": str(tmp_path / "var")}
    subprocess.run([*program, "init"], env=environment, check=True, capture_output=True)
    port = free_port()
    served = subprocess.Popen(
        [*program, "serve", "--port", str(port)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 60
    while status(port, "/alive") is None:
        assert served.poll() is None, served.communicate()
        assert time.monotonic() < until, "the desk did not start"
        time.sleep(0.05)

    assert status(port, "/login") == 200
    assert status(port, "/work") == 303
    served.send_signal(by)
    out, err = served.communicate(timeout=60)

    assert served.returncode == 0, err
    assert f"http://127.0.0.1:{port}/" in out
    assert err == ""
