"""Tests that what an agreement would change is shown with its sums, and parties unknown here are named."""

import io

from rich.console import Console

from comity.cli.caller import Caller
from comity.cli.changes import show_changes
from comity.desk.what_if_release import Difference, WhatIfAnswer


def test_changes_are_shown_with_their_sums() -> None:
    out = io.StringIO()
    change = Difference(
        party="ruritania-csirt",
        effect="flows",
        count=7,
        type="indicator",
        tlp="amber",
        originator="freedonia-csirt",
        before=(),
        after=("treaty/4(1)",),
        example="indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
    )
    answer = WhatIfAnswer(
        agreement="treaty",
        sha256="",
        as_of="2031-03-01T12:00:00.000Z",
        flows=7,
        stops=0,
        changes=0,
        differences=(change,),
        unknown_parties=("northwind",),
    )

    show_changes(Caller("node", False, Console(file=out, width=200), Console(file=out)), answer)

    said = out.getvalue()
    assert "treaty/4(1)" in said
    assert "7 items would newly flow" in said
    assert "northwind" in said
