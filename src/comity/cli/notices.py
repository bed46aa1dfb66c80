"""Says what `comity notice …` takes and shows: by which channels people are told what needs them, and how that went."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from comity.cli.caller import Caller
from comity.cli.exits import DONE, write_json
from comity.cli.tables import show_sheet, show_table, write_line
from comity.desk.change_channels import (
    AddChannelRequest,
    ChangeChannelRequest,
    ChannelAdded,
    ChannelList,
    ChannelRequest,
    ListChannelsRequest,
)
from comity.desk.confirm_channel import ConfirmChannelRequest
from comity.desk.list_notices import ListNoticesRequest, NoticeList
from comity.desk.notice_channels import ChannelKind, ChannelView, Pace
from comity.desk.send_notices import NoticesRun, RunNoticesRequest
from comity.desk.settings_type import NoticeLevel
from comity.errors import UsageError
from comity.texts import text
from comity.wire.mail_sealing import LARGEST_KEY_BYTES


def add_commands(app: App) -> None:
    """Add the commands on notices."""
    notice = App(name="notice", help=text("Tell people outside the desk what needs them, and see how that went."))
    channel = App(name="channel", help=text("Say by which mail address or webhook a person is told."))
    channel.command(add, help=text("Add a channel; a webhook's secret is shown once."))
    channel.command(list_channels, name="list", help=text("List the channels, and how it goes with them."))
    channel.command(change, help=text("Tell a channel at once, once a day, or not."))
    channel.command(confirm, help=text("Confirm a mail address by the code that was sent to it."))
    channel.command(try_channel, name="test", help=text("Put a test in line, or a new code for an address."))
    channel.command(remove, help=text("Take a channel away."))
    notice.command(channel)
    notice.command(list_all, name="list", help=text("List what people were told, or are to be, the newest first."))
    notice.command(send, name="run", help=text("Look what needs whom, and send what is due; a served node does it."))
    app.command(notice)


def add(
    target: Annotated[str, Parameter(help=text("Mail address, or address of a webhook."))],
    *,
    account: Annotated[
        str | None, Parameter(help=text("Name of the account; at a remote node, your own without it."))
    ] = None,
    kind: Annotated[ChannelKind | None, Parameter(help=text("Without it, told by the target."))] = None,
    key: Annotated[
        Path | None, Parameter(help=text("File with the OpenPGP key (public) that mail is encrypted to."))
    ] = None,
    level: Annotated[NoticeLevel, Parameter(help=text("Level up to which details are told there."))] = "clear",
    pace: Annotated[Pace, Parameter(help=text("When: at-once, digest or off."))] = "at-once",
    hour: Annotated[int, Parameter(help=text("Hour of the daily digest, in UTC."))] = 7,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    meant: ChannelKind = kind or ("webhook" if "://" in target else "mail")
    request = AddChannelRequest(
        account=account,
        kind=meant,
        target=target,
        key="" if key is None else _key(key),
        level=level,
        pace=pace,
        hour=hour,
    )
    answer = caller.ask("channel add", request, ChannelAdded)
    if caller.as_json:
        write_json(answer)
        return DONE
    extra = [(text("Secret"), answer.secret)] if answer.secret else []
    if answer.fingerprint:
        extra.append((text("Fingerprint of the key"), answer.fingerprint))
    show_sheet(caller.out, (*_sheet(answer.channel), *extra))
    if answer.secret:
        write_line(caller.err, text("The secret is shown this once; the webhook checks each message by it."))
    return DONE


def list_channels(
    account: Annotated[
        str | None, Parameter(help=text("Name of the account; at a remote node, your own without it."))
    ] = None,
    *,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("channel list", ListChannelsRequest(account=account), ChannelList)
    if caller.as_json:
        write_json(answer)
        return DONE
    heads = (
        text("number"),
        text("account"),
        text("target"),
        text("encrypted"),
        text("told up to"),
        text("when"),
        text("state"),
        text("last sent"),
        text("waiting"),
    )
    rows = [
        (
            one.number,
            one.account,
            one.target,
            text("yes") if one.encrypted else text("no"),
            one.carries,
            _when(one),
            one.state,
            one.sent_at or "–",
            one.waiting,
        )
        for one in answer.channels
    ]
    show_table(caller.out, heads, rows)
    return DONE


def change(
    number: Annotated[int, Parameter(help=text("Number of the channel."))],
    *,
    pace: Annotated[Pace, Parameter(help=text("When: at-once, digest or off."))],
    hour: Annotated[int, Parameter(help=text("Hour of the daily digest, in UTC."))] = 7,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    request = ChangeChannelRequest(number=number, pace=pace, hour=hour)
    return _shown(caller, caller.ask("channel change", request, ChannelView))


def confirm(
    number: Annotated[int, Parameter(help=text("Number of the channel."))],
    code: Annotated[str, Parameter(help=text("The code that came there."))],
    *,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    return _shown(caller, caller.ask("channel confirm", ConfirmChannelRequest(number=number, code=code), ChannelView))


def try_channel(
    number: Annotated[int, Parameter(help=text("Number of the channel."))],
    *,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    return _shown(caller, caller.ask("channel test", ChannelRequest(number=number), ChannelView))


def remove(
    number: Annotated[int, Parameter(help=text("Number of the channel."))],
    *,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    return _shown(caller, caller.ask("channel remove", ChannelRequest(number=number), ChannelView))


def list_all(
    account: Annotated[
        str | None, Parameter(help=text("Name of the account; at a remote node, your own without it."))
    ] = None,
    *,
    limit: Annotated[int, Parameter(help=text("How many at most."))] = 100,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("notice list", ListNoticesRequest(account=account, limit=limit), NoticeList)
    if caller.as_json:
        write_json(answer)
        return DONE
    heads = (
        text("number"),
        text("account"),
        text("target"),
        text("about"),
        text("since"),
        text("state"),
        text("tries"),
        text("said"),
    )
    rows = [
        (one.number, one.account, one.target, one.kind, one.at, one.state, one.tries, one.said or "–")
        for one in answer.notices
    ]
    show_table(caller.out, heads, rows)
    return DONE


def send(*, caller: Annotated[Caller, Parameter(parse=False)]) -> int:
    answer = caller.ask("notice run", RunNoticesRequest(), NoticesRun, title=text("Sending"))
    if caller.as_json:
        write_json(answer)
        return DONE
    rows = (
        (text("Made"), answer.made),
        (text("Sent"), answer.sent),
        (text("Tried again later"), answer.failing),
        (text("Given up"), answer.failed),
        (text("Nothing left to say"), answer.moot),
    )
    show_sheet(caller.out, rows)
    return DONE


def _shown(caller: Caller, answer: ChannelView) -> int:
    if caller.as_json:
        write_json(answer)
        return DONE
    show_sheet(caller.out, _sheet(answer))
    return DONE


def _sheet(one: ChannelView) -> tuple[tuple[str, object], ...]:
    return (
        (text("Number"), one.number),
        (text("Account"), one.account),
        (text("Target"), one.target),
        (text("Encrypted"), text("yes") if one.encrypted else text("no")),
        (text("Told up to"), one.carries),
        (text("When"), _when(one)),
        (text("State"), one.state),
    )


def _when(one: ChannelView) -> str:
    if one.pace == "digest":
        return text("daily at {hour}:00 UTC", hour=f"{one.hour:02}")
    return text("at once") if one.pace == "at-once" else text("off")


def _key(file: Path) -> str:
    try:
        with file.expanduser().open("rb") as stream:
            return stream.read(LARGEST_KEY_BYTES + 1).decode("ascii")
    except OSError as exc:
        raise UsageError("cannot read {path}: {why}", path=file, why=exc.strerror) from exc
    except UnicodeDecodeError as exc:
        raise UsageError("{path} is no OpenPGP key in its armour: export it with --armor", path=file) from exc
