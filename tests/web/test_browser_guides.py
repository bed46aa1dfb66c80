"""Tests in the system's Chromium that the guides' pictures show pages as they are; `make pictures` takes them anew."""

import re
from pathlib import Path

import pytest

from comity.wire.lock import hold_lock
from tests.support import guide_pictures
from tests.support.browser import a_browser
from tests.support.desk import an_office
from tests.support.guide_pictures import FOLDER, MOST_BYTES, MOST_BYTES_IN_ALL, PICTURES
from tests.support.taxii import served

GUIDES = FOLDER.parent


def test_the_pictures_show_the_pages_as_they_are(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    found: dict[str, tuple[str, bytes]] = {}
    with a_browser() as browser, an_office(tmp_path / "node", in_memory=False, exercise=True) as office:
        guide_pictures.play(office)
        with hold_lock(office.hub.node.folder, "t", wait_s=1.0), served(office.site) as url:
            for name, title, body in guide_pictures.taken(browser, office, url.replace("127.0.0.1", "localhost")):
                (tmp_path / f"{name}.webp").write_bytes(body)
                assert body[8:12] == b"WEBP" and len(body) <= MOST_BYTES, name
                found[name] = title, body
    assert sum(len(body) for _, body in found.values()) <= MOST_BYTES_IN_ALL
    if pytestconfig.getoption("--pictures"):
        guide_pictures.write(found)
    assert {name: title for name, (title, _) in found.items()} == guide_pictures.titles(), "run: make pictures"


def test_the_guides_show_every_picture_and_say_in_words_what_it_shows() -> None:
    shown: set[str] = set()
    for guide in GUIDES.glob("*.md"):
        for words, name in re.findall(r"!\[([^\]]*)\]\(pictures/([a-z-]+)\.webp\)", guide.read_text(encoding="utf-8")):
            assert len(words) > 30, f"{guide.name}: {name}"
            shown.add(name)
    assert shown == {one.name for one in PICTURES} == {path.stem for path in FOLDER.glob("*.webp")}
    assert all(path.stat().st_size <= MOST_BYTES for path in FOLDER.glob("*.webp"))
