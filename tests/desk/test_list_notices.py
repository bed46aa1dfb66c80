"""Tests that people see what they were told, and nobody what another was."""

from pathlib import Path

import pytest

from comity.desk.list_notices import ListNoticesRequest, NoticeView, list_notices
from comity.errors import NotFound
from tests.support.nodes import OFFICER
from tests.support.notices import a_post


def test_each_sees_their_own_and_the_node_all(tmp_path: Path) -> None:
    with a_post(tmp_path) as post:
        mara, ines = post.person("duty-officer"), post.person("analyst", name="ines.kart")
        post.channel(mara)
        post.channel(ines, "ines.kart@csirt.example")
        post.spoil()
        post.run()

        def seen(actor: object, **said: object) -> tuple[NoticeView, ...]:
            return list_notices(post.hub.node, actor, ListNoticesRequest(**said)).notices  # type: ignore[arg-type]  # as a test says

        assert {one.account for one in seen(mara)} == {"mara.ellend"} and {one.account for one in seen(ines)} == {
            "ines.kart"
        }
        assert len(seen(OFFICER)) == 2
        newest, oldest = seen(OFFICER)
        assert seen(OFFICER, limit=1) == (newest,) and seen(OFFICER, before=newest.number) == (oldest,)
        with pytest.raises(NotFound):
            seen(mara, account="ines.kart")
