"""Says what `comity peer …` takes and shows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from comity.cli import alarms
from comity.cli.alarms import show_alarms
from comity.cli.asking import confirm
from comity.cli.caller import Caller
from comity.cli.exits import DONE, NETWORK, REFUSED, write_json
from comity.cli.outlets import show_outlets
from comity.cli.secrets import read_secret
from comity.cli.tables import show_table
from comity.desk.add_peer import AddPeerRequest
from comity.desk.change_peer import ChangePeerRequest, PeersChanged
from comity.desk.list_peers import ListPeersRequest, PeerList, PeerStanding
from comity.desk.peer_lags import PeerLag
from comity.desk.peers import PeerView
from comity.desk.preview_peer import PeersPreviewed, PreviewPeerRequest
from comity.desk.sync_peers import PeersSynced, PeerSynced, SyncPeersRequest
from comity.errors import Unreachable, UsageError, WrongTlsKey
from comity.texts import counted, text


def add_commands(app: App) -> None:
    """Add the commands on peers."""
    peer = App(name="peer", help=text("Read from other parties' TAXII servers."))
    peer.command(add, help=text("Read a collection of a party's server from now on."))
    peer.command(
        list_all,
        name="list",
        help=text("List what is read from others and submitted to them, and how it stands with each party."),
    )
    peer.command(sync, help=text("Read what is new there now."))
    peer.command(health, help=text("Say how it goes with each peer and outlet; exit 1 if one fails, or for an alarm."))
    peer.command(preview, help=text("Say what the next reading would bring, and keep none of it."))
    peer.command(pause, help=text("Rest the reading of a party."))
    peer.command(resume, help=text("Take the reading of a party up again."))
    peer.command(drop, help=text("End the reading of a party; what came from it stays."))
    alarms.add_commands(peer)
    app.command(peer)


def add(
    url: Annotated[str, Parameter(help=text("URL of the server's discovery, an API root, or the collection."))],
    *,
    party: Annotated[str, Parameter(help=text("Short name of the party."))],
    user: Annotated[str, Parameter(help=text("User to sign in as; needs --password-file."))] = "",
    password_file: Annotated[Path | None, Parameter(help=text("File that holds the password alone."))] = None,
    token_file: Annotated[Path | None, Parameter(help=text("File that holds a bearer token alone."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    if bool(user) != bool(password_file):
        raise UsageError(text("--user and --password-file go together"))
    request = AddPeerRequest(
        party=party, url=url, user=user, password=read_secret(password_file), token=read_secret(token_file)
    )
    return _changed(caller, (caller.ask("peer add", request, PeerView),))


def list_all(
    *,
    party: Annotated[str | None, Parameter(help=text("Short name of the party; all if not said."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    _shown(caller, caller.ask("peer list", ListPeersRequest(party=party), PeerList))
    return DONE


def health(
    *,
    party: Annotated[str | None, Parameter(help=text("Short name of the party; all if not said."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("peer list", ListPeersRequest(party=party), PeerList)
    _shown(caller, answer)
    if answer.lags and not caller.as_json:
        caller.out.print()
        heads = (
            text("party"),
            text("last behind, s"),
            text("most behind, s"),
            text("in the hour"),
            text("readings"),
            text("failed"),
        )
        show_table(caller.out, heads, [_lag_of(one) for one in answer.lags])
    failing = any(one.state == "failing" or one.log_error for one in answer.peers)
    failing = failing or any(one.state == "failing" for one in answer.outlets)
    return REFUSED if failing or any(one.alarms for one in answer.parties) else DONE


def sync(
    *,
    party: Annotated[str | None, Parameter(help=text("Short name of the party; all if not said."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("peer sync", SyncPeersRequest(party=party), PeersSynced, title=text("Reading"))
    codes = [code for one in answer.peers for code in (one.code, one.log_code) if code]
    if caller.as_json:
        write_json(answer)
    else:
        heads = (text("party"), text("objects"), text("new"), text("held already"), text("in quarantine"), text("said"))
        rows = [
            (one.party, one.objects, one.new + one.upgraded, one.duplicate, one.quarantined, _said(one))
            for one in answer.peers
        ]
        show_table(caller.out, heads, rows)
    if not codes:
        return DONE
    return NETWORK if {Unreachable.code, WrongTlsKey.code}.intersection(codes) else REFUSED


def preview(
    party: Annotated[str, Parameter(help=text("Short name of the party."))],
    *,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("peer preview", PreviewPeerRequest(party=party), PeersPreviewed, title=text("Looking"))
    if caller.as_json:
        write_json(answer)
        return DONE
    for one in answer.peers:
        rows = [*sorted(one.types.items()), (text("cannot be read"), one.unreadable), (text("held already"), one.held)]
        show_table(caller.out, (one.url, text("objects")), rows)
        if one.more:
            caller.err.print(text("There is more; only the first pages were looked at."), markup=False)
    return DONE


def pause(
    party: Annotated[str, Parameter(help=text("Short name of the party."))],
    *,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    request = ChangePeerRequest(party=party, what="pause")
    return _changed(caller, caller.ask("peer change", request, PeersChanged).peers)


def resume(
    party: Annotated[str, Parameter(help=text("Short name of the party."))],
    *,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    request = ChangePeerRequest(party=party, what="resume")
    return _changed(caller, caller.ask("peer change", request, PeersChanged).peers)


def drop(
    party: Annotated[str, Parameter(help=text("Short name of the party."))],
    *,
    yes: Annotated[bool, Parameter(negative="", help=text("Do not ask."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    confirm(caller, text("Read no more from {party}?", party=party), yes=yes)
    request = ChangePeerRequest(party=party, what="drop")
    return _changed(caller, caller.ask("peer change", request, PeersChanged).peers)


def _said(peer: PeerSynced) -> str:
    """Say what went wrong, or that the rest is still to be read."""
    return peer.error or peer.log or (text("there is more: read again") if peer.more else "")


def _changed(caller: Caller, peers: tuple[PeerView, ...]) -> int:
    if caller.as_json:
        write_json(PeersChanged(peers=peers))
    else:
        _show_peers(caller, peers)
    return DONE


def _shown(caller: Caller, answer: PeerList) -> None:
    if caller.as_json:
        write_json(answer)
        return
    _show_peers(caller, answer.peers)
    if answer.parties:
        caller.out.print()
        heads = (
            text("party"), text("key"), text("stated to it"), text("acknowledged"), text("acts waiting"),
            text("alarms"),
        )  # fmt: skip
        rows = [
            (one.party, _key(one), one.stated, one.acknowledged, one.waiting, len(one.alarms)) for one in answer.parties
        ]
        show_table(caller.out, heads, rows)
    if answer.outlets:
        caller.out.print()
        show_outlets(caller, answer.outlets)
    standing = [alarm for one in answer.parties for alarm in one.alarms]
    if standing:
        caller.out.print()
        show_alarms(caller, standing)


def _key(one: PeerStanding) -> str:
    return text("not accepted") if one.accepted_at is None else text("accepted {at}", at=one.accepted_at)


def _show_peers(caller: Caller, peers: tuple[PeerView, ...]) -> None:
    heads = (
        text("party"), text("collection"), text("state"), text("objects"), text("read at"), text("last statement"),
        text("missing"), text("log"), text("said"),
    )  # fmt: skip
    rows = [
        (
            one.party, one.url, one.state, one.objects, one.synced_at or "",
            text("none") if one.statement is None else one.statement, one.missing, _log_of(one), _state_of(one),
        )
        for one in peers
    ]  # fmt: skip
    show_table(caller.out, heads, rows)


def _lag_of(lag: PeerLag) -> tuple[str, int | str, int | str, str, int, int]:
    """Give a peer's week in one line: how far behind in the last hour that has any, and at most."""
    worst = max(lag.hours, key=lambda one: -1 if one.behind_s is None else one.behind_s)
    known = (lag.hours[-1].behind_s, worst.behind_s)
    last, most = ("" if one is None else one for one in known)
    return (
        lag.party, last, most, worst.hour, sum(one.tries for one in lag.hours),
        sum(one.failures for one in lag.hours),
    )  # fmt: skip


def _state_of(peer: PeerView) -> str:
    """Say what its server said, and how far its clock is off."""
    off_s, said = peer.clock_off_s, [peer.last_error or ""]
    if off_s > 0:
        said.append(text("its clock is {off_s} s ahead of ours", off_s=off_s))
    elif off_s < 0:
        said.append(text("its clock is {off_s} s behind ours", off_s=-off_s))
    return "; ".join(filter(None, said))


def _log_of(peer: PeerView) -> str:
    """Say how the peer's log is."""
    if peer.log_error:
        return text("NOT IN ORDER: {why}", why=peer.log_error)
    if not peer.log:
        return text("not seen")
    entries = counted("{count} entry", "{count} entries", peer.log_size)
    if peer.log_unlogged_since is None:
        return entries
    return text(
        "{entries}, grew last {grown}; more came since {since}",
        entries=entries,
        grown=peer.log_grown_at,
        since=peer.log_unlogged_since,
    )
