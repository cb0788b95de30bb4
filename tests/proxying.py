"""nginx and Caddy with the files of deploy/, before a real gunicorn."""

import contextlib
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from serving import JSON, PATIENCE_S, ROOT, Reply, ask

NAME = "moderation.example.org"
ECHO = ("--pythonpath", "tests", "proxying:echo")
"""Has gunicorn serve `echo` instead of the service."""

_BACKEND = "127.0.0.1:8000"
_NGINX = """
daemon off;
{user}
pid {folder}/pid;
error_log {folder}/start.log;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/moderation.conf;
}}
"""


@dataclass(frozen=True)
class Front:
    """A proxy that runs.

    Attributes
    ----------
    port : int
        Where it speaks TLS, with a certificate for 127.0.0.1.
    clear : int
        Where nginx speaks plain HTTP; 0 for Caddy.
    folder : Path
        What it writes.
    """

    port: int
    clear: int
    folder: Path

    def send(
        self,
        path: str,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        source: str = "127.0.0.1",
    ) -> Reply:
        """Send one request on a connection of its own, from an address of this machine."""
        context = ssl.create_default_context(cafile=self.folder / "cert.pem")
        connection = http.client.HTTPSConnection(
            "127.0.0.1",
            self.port,
            timeout=PATIENCE_S,
            context=context,
            source_address=(source, 0),
        )
        with contextlib.closing(connection):
            return ask(connection, path, body, JSON, headers=headers)


def echo(
    environ: Mapping[str, Any], start_response: Callable[[str, list[tuple[str, str]]], object]
) -> Iterable[bytes]:
    """Answer what came: a WSGI application that shows what a proxy hands on."""
    length = len(environ["wsgi.input"].read())
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    scheme = environ["wsgi.url_scheme"]
    body = json.dumps({"scheme": scheme, "length": length, "headers": headers}).encode()
    is_full = environ["PATH_INFO"] == "/v1/full"
    status, extra = (
        ("503 Service Unavailable", [("Retry-After", "7")]) if is_full else ("200 OK", [])
    )
    start_response(status, [("Content-Type", JSON), ("Content-Length", str(len(body))), *extra])
    return [body]


def find_nginx() -> str:
    """Return the path of nginx, or skip the test; CI has it."""
    path = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if path is None:
        assert "CI" not in os.environ, "CI installs nginx"
        pytest.skip("nginx is not installed")
    return path


def find_caddy() -> str:
    """Return the path of Caddy, which requirements-dev.txt has."""
    return str(Path(sys.executable).parent / "caddy")


@contextlib.contextmanager
def run_nginx(folder: Path, backend: int, **changes: str) -> Iterator[Front]:
    """Run nginx with the file of deploy/ before a port, until the block is left.

    Parameters
    ----------
    folder : Path
        Empty.
    backend : int
        Port of what is asked.
    **changes : str
        More that is different from the file, as ``old=new``.
    """
    front = Front(_find_port(), _find_port(), folder)
    write_nginx(front, backend, changes)
    with _run([find_nginx(), "-c", str(folder / "nginx.conf"), "-p", str(folder)], front):
        yield front


def write_nginx(front: Front, backend: int, changes: Mapping[str, str]) -> None:
    """Write the file of deploy/ with other ports and paths, and the frame around it."""
    folder = front.folder
    _make_certificate(folder)
    text = (ROOT / "deploy/nginx/moderation.conf").read_text(encoding="utf-8")
    certificates = f"/etc/letsencrypt/live/{NAME}"
    text = _replace(
        text,
        {
            "    listen [::]:80;\n": "",
            "    listen [::]:443 ssl;\n": "",
            "listen 80;": f"listen 127.0.0.1:{front.clear};",
            "listen 443 ssl;": f"listen 127.0.0.1:{front.port} ssl;",
            f"{certificates}/fullchain.pem": str(folder / "cert.pem"),
            f"{certificates}/privkey.pem": str(folder / "key.pem"),
            "/var/log/nginx": str(folder),
            _BACKEND: f"127.0.0.1:{backend}",
            NAME: "127.0.0.1",
            **changes,
        },
    )
    (folder / "moderation.conf").write_text(text, encoding="utf-8")
    user = "user root;" if os.geteuid() == 0 else ""
    frame = _NGINX.format(folder=folder, user=user)
    (folder / "nginx.conf").write_text(frame, encoding="utf-8")


@contextlib.contextmanager
def run_caddy(folder: Path, backend: int) -> Iterator[Front]:
    """Run Caddy with the file of deploy/ before a port, until the block is left."""
    front = Front(_find_port(), 0, folder)
    _make_certificate(folder)
    text = (ROOT / "deploy/caddy/Caddyfile").read_text(encoding="utf-8")
    tls = f"tls {folder}/cert.pem {folder}/key.pem"
    options = "admin off\n\tauto_https off\n\tdefault_sni 127.0.0.1"
    text = _replace(
        text,
        {
            "\n{\n": f"\n{{\n\t{options}\n",
            f"{NAME} {{": f"https://127.0.0.1:{front.port} {{\n\t{tls}",
            _BACKEND: f"127.0.0.1:{backend}",
        },
    )
    (folder / "Caddyfile").write_text(text, encoding="utf-8")
    with _run([find_caddy(), "run", "--config", str(folder / "Caddyfile")], front):
        yield front


def _replace(text: str, changes: Mapping[str, str]) -> str:
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def _make_certificate(folder: Path) -> None:
    if (openssl := shutil.which("openssl")) is None:
        pytest.skip("openssl is not installed")
    command = f"{openssl} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    subprocess.run(
        [
            *command.split(),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")),
        ],
        check=True,
        capture_output=True,
    )


def _find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def _run(command: list[str], front: Front) -> Iterator[None]:
    log = front.folder / "output.log"
    environment = os.environ | {"HOME": str(front.folder), "XDG_DATA_HOME": str(front.folder)}
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    try:
        _wait_until_open(process, front.port, log)
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _wait_until_open(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(int(PATIENCE_S / 0.05)):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
        if process.returncode is not None:
            break
    raise AssertionError(log.read_text(encoding="utf-8"))
