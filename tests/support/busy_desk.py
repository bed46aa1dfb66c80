"""Serves a node on a busy day of an exercise to a browser, with people of several roles and an act that waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from comity.desk.change_channels import AddChannelRequest, add_channel
from comity.desk.grant_release import GrantReleaseRequest
from comity.desk.send_notices import RunNoticesRequest, run_notices
from tests.support.browser import a_browser
from tests.support.desk import Office, an_office
from tests.support.desk_story import REPORT, busy
from tests.support.nodes import OFFICER, an_id, an_object
from tests.support.taxii import served
from tests.support.two import asked

ACT = 1  # the number of the act that waits for a second person
_ADMINISTRATORS = (
    *("administration/users", "administration/users/mara.ellend", "administration/providers", "administration/keys"),
    *("administration/settings", "administration/doctor", "administration/audit", "administration"),
)
_PEOPLES = (
    *("", "quarantine", "items", "items?q=locker*", f"items/{REPORT}", f"items/{REPORT}/for/ruritania-csirt"),
    *("take-in", "release", "release/to/ruritania-csirt", "release/what-if", "agreements"),
    *("agreements/example-agreement", "peers", "account", "account/tokens", "acts", "nothing"),
    *("account/notices", "take-in/mails/nothing"),
)
_APPROVERS = ("", "acts", f"acts/{ACT}")
# The pages there are, by who may see them.
PAGES = {"mara.ellend": _PEOPLES, "tomas.weyl": _APPROVERS, "ada.brandt": _ADMINISTRATORS}


@contextmanager
def a_busy_desk(folder: Path) -> Iterator[tuple[Any, Office, str]]:
    """Give a browser, the office and the address of its desk."""
    with a_browser() as browser, an_office(folder, in_memory=False, exercise=True) as office:
        busy(office.hub)
        office.account("mara.ellend", "duty-officer", "releaser")
        office.account("ada.brandt", "administrator")
        office.account("tomas.weyl", "approver")
        office.hub.put(an_object("indicator", 50), tlp="amber")
        wish = GrantReleaseRequest(ids=(an_id("indicator", 50),), to=("ruritania-csirt",), reason="The same case.")
        assert asked(office.hub, OFFICER, "release grant", wish) == ACT
        address = AddChannelRequest(kind="mail", target="mara.ellend@csirt.example", account="mara.ellend")
        add_channel(office.hub.node, OFFICER, address)
        run_notices(office.hub.node, OFFICER, RunNoticesRequest())
        with served(office.site) as url:
            yield browser, office, url.replace("127.0.0.1", "localhost")
