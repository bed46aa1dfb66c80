"""Runs a node as one process: HTTP server, sequencer and the socket for the command line; ends them in order.

One process owns the node because embedded SQLite wants one writer that also checkpoints. Granian's embedded server
keeps the HTTP worker in this process; it ends by finishing the requests it has begun. Granian shares a port with
whoever else asks for sharing (SO_REUSEPORT), so a port in use is found out before, by binding it unshared.
"""

import asyncio
import errno
import gc
import logging
import os
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec
from granian.constants import Interfaces, SSLProtocols
from granian.server.embed import Server
from rich.console import Console

from comity.cli.exits import DONE, REFUSED, write_json
from comity.cli.logs import log_json
from comity.cli.notice_words import worded
from comity.desk.accounts import desk_url
from comity.desk.actor import Actor
from comity.desk.begin_account import founding_code
from comity.desk.node_type import Node
from comity.desk.quiet import collector_resting
from comity.desk.registry import VERBS
from comity.desk.run_jobs import run_jobs
from comity.desk.run_sequencer import run_sequencer
from comity.desk.schedule_mail import run_mailbox
from comity.desk.schedule_notices import run_notifier
from comity.desk.schedule_outlets import run_submitter
from comity.desk.schedule_sync import run_scheduler
from comity.desk.verb import Progress
from comity.errors import NodeError, NotFound, Unreachable, UsageError
from comity.node import open_node
from comity.settings import Settings
from comity.texts import text
from comity.web.app import Site
from comity.wire.frames import Call
from comity.wire.lock import hold_lock
from comity.wire.socket_rpc import SocketServer

SERVING = "serve"
READY_WITHIN_S = 30.0
WAIT_FOR_NODE_S = 10.0
BACKLOG = 1024
log = logging.getLogger("comity.serve")


class Address(NamedTuple):
    """Where to listen, as far as the command line says; the rest comes from the settings."""

    port: int | None = None
    host: str | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None


class Endpoint(NamedTuple):
    """Where the server listens."""

    host: str
    port: int
    tls: tuple[Path, Path] | None  # certificate chain and key

    @property
    def url(self) -> str:
        """The address as it is typed."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"


class Founding(msgspec.Struct, frozen=True, kw_only=True):
    """Where the first account of a node is made, and the one-time code for it."""

    begin: str
    code: str


class ServingLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a program that started the server waits for. `founding` only while nobody has an account."""

    serving: str
    pid: int
    founding: Founding | None = None


def serve_node(
    folder: Path, address: Address, *, as_json: bool, err: Console, site_of: Callable[[Node], Site] = Site
) -> int:
    """Serve until SIGTERM or SIGINT, then finish what was begun. `site_of` builds what is served.

    Raises:
        LockTaken: the node is in use.
        Unreachable: the address is taken or not ours.
        NodeError: settings, keys or TLS files are not in order.
    """
    with hold_lock(folder, SERVING, wait_s=WAIT_FOR_NODE_S):
        node = open_node(folder)._replace(wording=worded)
        try:
            if node.store.read_only:
                err.print(text("READ-ONLY – {why}", why=node.store.read_only), markup=False, soft_wrap=True)
            endpoint = _endpoint(node.settings, address, folder)
            log_json(node.settings.log_level)
            node = node._replace(settings=_as_served(node.settings, endpoint))
            with _working(node) as (failed, wake), _syncing(node), _answering(node, wake):
                build, tell = partial(site_of, node), partial(_say_ready, node, endpoint, as_json)
                asyncio.run(_serve(build, endpoint, failed, tell))
            return REFUSED if failed.is_set() else DONE
        finally:
            node.store.close()


def _say_ready(node: Node, endpoint: Endpoint, as_json: bool) -> None:
    """Say where the node serves, and on the console alone, never in the log, the code for its first account."""
    founding = _founding(node)
    if as_json:
        write_json(ServingLine(serving=endpoint.url, pid=os.getpid(), founding=founding))
    else:
        lines = [text("serving on {url}", url=endpoint.url)]
        if founding is not None:
            lines.append(
                text(
                    "Nobody has an account yet. Open {url} within an hour and give this code: {code}",
                    url=founding.begin,
                    code=founding.code,
                )
            )
        Console(file=None).print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)
    log.info("serving")


def _founding(node: Node) -> Founding | None:
    code = None if node.store.read_only else founding_code(node)
    return None if code is None else Founding(begin=f"{desk_url(node)}/begin", code=code)


def _endpoint(settings: Settings, address: Address, folder: Path) -> Endpoint:
    host = address.host or settings.host
    port = settings.port if address.port is None else address.port
    certificate = address.tls_certificate or _in_folder(folder, settings.tls_certificate)
    key = address.tls_key or _in_folder(folder, settings.tls_key)
    if (certificate is None) != (key is None):
        raise UsageError("a TLS certificate and its key go together")
    tls = None if certificate is None or key is None else _checked_tls(certificate, key)
    return Endpoint(host, _free_port(host, port), tls)


def _as_served(settings: Settings, endpoint: Endpoint) -> Settings:
    """Let the settings say where the node is served, so that readers are told the right address."""
    certificate, key = endpoint.tls or ("", "")
    return msgspec.structs.replace(
        settings, host=endpoint.host, port=endpoint.port, tls_certificate=str(certificate), tls_key=str(key)
    )


def _in_folder(folder: Path, name: str) -> Path | None:
    return folder / name if name else None


def _checked_tls(certificate: Path, key: Path) -> tuple[Path, Path]:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=lambda: b"")
    except (OSError, ssl.SSLError) as exc:
        raise NodeError(
            "{certificate} and {key} are not a TLS certificate and its key: {why}",
            certificate=certificate,
            key=key,
            why=exc.strerror or exc,
        ) from exc
    return certificate, key


def _free_port(host: str, port: int) -> int:
    """Make sure that nobody else has the port, and choose one if any will do."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        with socket.socket(found[0][0], socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(found[0][4])
            return int(probe.getsockname()[1])
    except OSError as exc:
        why = text("the port is taken") if exc.errno == errno.EADDRINUSE else exc.strerror or str(exc)
        raise Unreachable("cannot listen on {host}:{port}: {why}", host=host, port=port, why=why) from exc


@contextmanager
def _working(node: Node) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Run the sequencer beside the block. Gives the event of its failure, and the one that wakes it."""
    stop, wake, failed = threading.Event(), node.store.queued, threading.Event()

    def work() -> None:
        try:
            run_sequencer(node, stop, wake)
        except Exception:
            log.exception("the sequencer failed; the node stops, so that nobody reads from a standstill")
            failed.set()

    worker = threading.Thread(target=work, name="sequencer")
    worker.start()
    try:
        yield failed, wake
    finally:
        stop.set()
        wake.set()
        worker.join()


@contextmanager
def _syncing(node: Node) -> Iterator[None]:
    """Read from peers and a mailbox, submit to outlets, tell people and do jobs, beside the block, as is set."""
    stop = threading.Event()
    workers = (
        threading.Thread(target=run_scheduler, args=(node, stop), name="sync"),
        threading.Thread(target=run_submitter, args=(node, stop), name="submit"),
    )
    mailbox = threading.Thread(target=run_mailbox, args=(node, stop), name="mail")
    always = (
        threading.Thread(target=run_notifier, args=(node, stop), name="notices"),
        threading.Thread(target=run_jobs, args=(node, stop), name="jobs"),
    )
    if node.settings.sync_every_s:
        for worker in workers:
            worker.start()
    if node.settings.mail_server:
        mailbox.start()
    for worker in always:
        worker.start()
    try:
        yield
    finally:
        stop.set()
        for worker in (*workers, mailbox, *always):
            if worker.ident is not None:
                worker.join()


@contextmanager
def _answering(node: Node, wake: threading.Event) -> Iterator[None]:
    """Answer the command line beside the block; when it ends, calls that run are finished."""
    server = SocketServer(node.folder, answers(node, wake))
    try:
        yield
    finally:
        server.stop()


def answers(node: Node, wake: threading.Event) -> Callable[[Call, Callable[[bytes], None]], bytes]:
    """Give the function that carries out the verbs called over the socket."""

    def answer(call: Call, report: Callable[[bytes], None]) -> bytes:
        verb = VERBS.get(call.verb)
        if verb is None:
            raise NotFound(
                "this server knows no verb {verb}: restart it if Comity was renewed", verb=repr(call.verb[:40])
            )
        try:
            actor = msgspec.json.decode(call.actor, type=Actor)
            request = msgspec.json.decode(call.request, type=verb.request)
        except msgspec.DecodeError as exc:
            raise UsageError(
                "the server does not understand this call; restart it if Comity was renewed: {why}", why=exc
            ) from exc

        def tell(progress: Progress) -> None:
            report(msgspec.json.encode(progress))

        try:
            return msgspec.json.encode(verb.run(node, actor, request, tell))
        finally:
            if verb.writes:
                wake.set()

    return answer


def _set_aside() -> None:
    """Take what is there before the first request, and stays, out of the cycle collector's rounds."""
    gc.collect()
    gc.freeze()


async def _serve(
    build: Callable[[], Site], endpoint: Endpoint, failed: threading.Event, ready: Callable[[], None]
) -> None:
    certificate, key = endpoint.tls or (None, None)
    with collector_resting():
        site = build()
    _set_aside()
    server = Server(
        site,
        address=endpoint.host,
        port=endpoint.port,
        interface=Interfaces.ASGI,
        websockets=False,
        backlog=BACKLOG,
        log_enabled=False,
        ssl_cert=certificate,
        ssl_key=key,
        ssl_protocol_min=SSLProtocols.tls12,  # TAXII 2.1 §8.5.1 asks for TLS 1.2 at least
    )
    loop = asyncio.get_running_loop()

    def end() -> None:
        site.close()
        server.stop()  # type: ignore[no-untyped-call]  # Granian leaves it untyped

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    watching = asyncio.create_task(_watch(end, endpoint, failed, ready))
    try:
        await server.serve()
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def _watch(
    end: Callable[[], None], endpoint: Endpoint, failed: threading.Event, ready: Callable[[], None]
) -> None:
    """Say so when the server accepts, and stop it when the sequencer has failed."""
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + READY_WITHIN_S
    while not await _accepts(endpoint):
        if loop.time() > give_up_at:
            log.error("the server does not accept connections")
            failed.set()
            break
        await asyncio.sleep(0.02)
    else:
        ready()
    while not failed.is_set():
        await asyncio.sleep(0.5)
    end()


async def _accepts(endpoint: Endpoint) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(endpoint.host, endpoint.host)  # noqa: S104  # asked, not bound
    try:
        _, writer = await asyncio.open_connection(host, endpoint.port)
    except OSError:
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True
