"""Figures: every page of the desk under eight people at once, beside its template alone; search; the weight of pages.

The limit of a page is the same template rendered with the data that the page had, kept in memory, by the same server
under the same eight clients (`desk_server`). Both are asked in turns, so that what else the machine does falls on both.
Times are those of a client on loopback, from the request to the last byte.
"""

import http.client
import random
import re
import sqlite3
import sys
import threading
import time
import urllib.parse
from pathlib import Path
from typing import NamedTuple

import pyotp

from benchmarks import desk_node, nodes
from benchmarks.desk_node import PEERS, Login
from benchmarks.desk_server import AGAIN, KEEP
from benchmarks.pages import Client
from benchmarks.report import Figure, Report, at_most, median, say
from comity.node import DATABASE
from comity.stores import searching

CLIENTS = 8
SMOKE_OBJECTS = 2_000
BOUND = 3.0
SEARCH_MS = 20.0
FOUND = 51  # a page and one more
FIRST_VIEW_BYTES, SCRIPT_BYTES = 150_000, 40_000
OFFICER, ADMINISTRATOR, APPROVER, AUDITOR = "officer.0", "ada.brandt", "tomas.weyl", "olga.tern"
_STATIC = re.compile(rb'(?:href|src)="([^"]*/static/[^"]+)"')


class Asked(NamedTuple):
    """A page: who asks for it, and where it is."""

    person: str
    path: str
    name: str


def run(work: Path, objects: int, report: Report) -> None:
    """Ask for every page."""
    size = desk_node.Size(min(objects, SMOKE_OBJECTS), parties=40, agreements=12, officers=2) if report.smoke else None
    folder, logins = desk_node.build(work, size or desk_node.Size(objects))
    report.add(*_searches(folder, rounds=40 if report.smoke else 400))
    rounds = 1 if report.smoke else 5
    with nodes.served([sys.executable, "-m", "benchmarks.desk_server", str(folder)]) as url:
        cookies = {name: _sign_in(url, login) for name, login in logins.items() if not name.startswith("officer")}
        officers = [_sign_in(url, login) for name, login in logins.items() if name.startswith("officer")]
        officers = [officers[at % len(officers)] for at in range(CLIENTS)]
        bodies: dict[str, bytes] = {}
        for asked in pages_of(folder):
            say(asked.name)
            several = officers if asked.person == OFFICER else [cookies[asked.person]] * CLIENTS
            if asked.path.startswith("/acts/") and asked.person == OFFICER:
                several = [officers[0]] * CLIENTS  # who asked for it: it is shown to no other officer
            page, alone, bodies[asked.name] = _measured(url, asked.path, several, rounds)
            report.add(_figure(asked.name, page, alone, len(bodies[asked.name])))
        report.add(*_weights(url, officers[0], bodies))


def _figure(name: str, page: list[float], alone: list[float], size: int) -> Figure:
    note = f"median {median(page):.1f} to {median(alone):.1f} ms, {size // 1000:,} kB"
    return at_most(f"desk page: {name}", _p95(page), _p95(alone), "template alone", BOUND, "ms p95", note)


def _measured(url: str, path: str, cookies: list[str], rounds: int) -> tuple[list[float], list[float], bytes]:
    """Give the times of the page, those of its template alone, and the page."""
    first = Client(url, {"Cookie": cookies[0]})
    took, body = first.get(path)
    number = int(first.get(KEEP)[1])
    again = f"{AGAIN}/{number}"
    browsers = [Client(url, {"Cookie": cookie}) for cookie in cookies]
    most = 1 if rounds == 1 else 8
    each = max(1, min(most, int(2_000 / (took * CLIENTS))))
    page: list[float] = []
    alone: list[float] = []
    for _ in range(rounds):
        page += _at_once(browsers, path, each)
        alone += _at_once(browsers, again, most)
    return page, alone, body


def _at_once(browsers: list[Client], path: str, each: int) -> list[float]:
    """Let all ask for the same at once, each so often in turn; gives the milliseconds of all."""
    found: list[float] = []
    failed: list[Exception] = []
    start = threading.Barrier(len(browsers))

    def ask(browser: Client) -> None:
        try:
            start.wait()
            took = [browser.get(path)[0] for _ in range(each)]
        except Exception as error:
            failed.append(error)
        else:
            found.extend(took)

    threads = [threading.Thread(target=ask, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return found


def _p95(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


def pages_of(folder: Path) -> list[Asked]:
    """Give every page of the desk, with what makes it hard: rare and frequent filters, the item most named."""
    ids = _ids(folder)
    items = [
        *(
            "items",
            "items?type=location",
            "items?type=indicator&tlp=amber",
            "items?tlp=red",
            f"items?source={PEERS[0]}",
        ),
        *("items?since=2020-01-01&until=2099-01-01", f"items?q={ids['value']}", "items?q=h0*", "items?q=trojan"),
        *("items?q=nothing.example.org", f"items/{ids['one']}", f"items/{ids['most']}", f"items/{ids['foreign']}"),
    ]
    officer = [
        *("", "quarantine", f"quarantine?after={ids['late']}", *items, f"items/{ids['one']}/for/{PEERS[0]}"),
        *("take-in", "release", "release?after=party-020", "release?tlp=green", f"release/to/{PEERS[0]}"),
        *("release/to/party-011", f"release/to/{PEERS[0]}?column=indicator&tlp=green", "release/what-if"),
        *("agreements", "agreements/arrangement-10", "agreements/convention-2", "agreements/group-0", "peers"),
        *("account", "account/tokens", "account/notices", "acts", "acts/1"),
    ]
    administrator = [
        *("", "administration/users", f"administration/users/{OFFICER}", "administration/providers"),
        *("administration/keys", "administration/settings", "administration/audit", "administration/doctor"),
        *("administration/audit?actor=nobody", "administration/audit?verb=item+import&actor=olga.tern"),
        *("administration/audit?what=read", "administration/audit?since=2020-01-01&until=2020-01-02"),
    ]
    who = {OFFICER: officer, ADMINISTRATOR: administrator, APPROVER: ["", "acts", "acts/1"], AUDITOR: [""]}
    return [Asked(one, f"/{path}", _name(one, path, ids)) for one, paths in who.items() for path in paths]


def _name(person: str, path: str, ids: dict[str, str]) -> str:
    for what, stix_id in ids.items():
        path = path.replace(stix_id, what.upper()) if len(stix_id) > 12 else path
    return f"/{path}" + ("" if person in (OFFICER, ADMINISTRATOR) and path else f" ({person.partition('.')[0]})")


def _ids(folder: Path) -> dict[str, str]:
    with sqlite3.connect(f"file:{folder / DATABASE}?mode=ro", uri=True) as db:
        own = "select stix_id from records where type = 'indicator' and source_no = 1 order by no limit 1 offset 100"
        most = (
            "select stix_id from records where id_key = "
            "(select to_key from links group by to_key order by count(*) desc limit 1)"
        )
        foreign = "select stix_id from records where type = 'indicator' order by no desc limit 1"
        value = "select value from search_values where record_no = (select no from records where stix_id = ?)"
        late = "select coalesce(max(no) - 50, 0) from quarantine"
        one = db.execute(own).fetchone()[0]
        found = {
            "one": one,
            "most": db.execute(most).fetchone()[0],
            "foreign": db.execute(foreign).fetchone()[0],
            "value": urllib.parse.quote(db.execute(value, (one,)).fetchone()[0]),
            "late": str(db.execute(late).fetchone()[0]),
        }
    db.close()
    return found


def _sign_in(url: str, login: Login) -> str:
    """Sign in by name, password and the next code; gives the cookie of the session."""
    parsed = urllib.parse.urlsplit(url)
    for _ in range(3):
        connection = http.client.HTTPConnection(parsed.hostname or "", parsed.port or 80)
        code = pyotp.TOTP(login.secret).at(int(time.time()) + 30)  # the next: the present one may be used already
        fields = {"name": login.name, "password": desk_node.PASSWORD, "code": code, "next": "/"}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        connection.request("POST", "/sign-in", urllib.parse.urlencode(fields), headers)
        answer = connection.getresponse()
        answer.read()
        cookies = [one.partition(";")[0] for one in answer.headers.get_all("Set-Cookie") or []]
        connection.close()
        if answer.status == 303:
            return "; ".join(cookies)
        time.sleep(30)  # until there is a code that was not used
    raise RuntimeError(f"{login.name} cannot sign in: {answer.status}")


def _searches(folder: Path, rounds: int) -> list[Figure]:
    """Time the store alone: values that are held, that are not, that many hold, and beginnings of values."""
    pick = random.Random(9)
    with nodes.opened(folder) as node:
        with node.store.read() as tx:
            top = int(tx.exec_driver_sql("select max(no) from records").scalar() or 0)
            found = []
            while len(found) < rounds:
                sql = f"select value from search_values where record_no >= {pick.randrange(top)} limit 1"
                found += [str(row[0]) for row in tx.exec_driver_sql(sql)]
            counted = "select value, count(*) n from search_values group by value"
            many = tx.exec_driver_sql(f"select value from ({counted}) order by n desc limit 20")
            common = [str(row[0]) for row in many]
        asked = {
            "held": found,
            "not held": [f"{value}.absent" for value in found],
            "held by most": [common[at % len(common)] for at in range(rounds)],
            "a beginning": [value[: max(4, len(value) - 6)] + "*" for value in found],
            "a beginning of few letters": [f"{value[:2]}*" for value in found],
        }
        return [
            _at_most_stated(f"search in the store: {what}", _median_ms(values, node), SEARCH_MS, "ms median")
            for what, values in asked.items()
        ]


def _at_most_stated(name: str, figure: float, most: float, unit: str, note: str = "") -> Figure:
    return at_most(name, figure, most, "stated", 1.0, unit, note)


def _median_ms(values: list[str], node: nodes.Node) -> float:
    took = []
    for value in values:
        started = time.perf_counter()
        with node.store.read() as tx:
            searching.find(tx, value, None, 0, FOUND)
        took.append((time.perf_counter() - started) * 1000)
    return median(took)


def _weights(url: str, cookie: str, pages: dict[str, bytes]) -> list[Figure]:
    """Weigh the heaviest page with all that its first view fetches, as served: nothing is compressed."""
    browser = Client(url, {"Cookie": cookie})
    linked = {name: {path.decode() for path in _STATIC.findall(body)} for name, body in pages.items()}
    sizes = {path: len(browser.get(path)[1]) for path in sorted(set().union(*linked.values()))}
    views = {name: len(body) + sum(sizes[path] for path in linked[name]) for name, body in pages.items()}
    scripts = {name: sum(sizes[path] for path in linked[name] if path.endswith(".js")) for name in pages}
    heaviest, scripted = max(views, key=views.__getitem__), max(scripts, key=scripts.__getitem__)
    most_view, most_scripts = FIRST_VIEW_BYTES / 1000, SCRIPT_BYTES / 1000
    return [
        _at_most_stated("desk page: first view of the heaviest", views[heaviest] / 1000, most_view, "kB", heaviest),
        _at_most_stated("desk page: scripts of one", scripts[scripted] / 1000, most_scripts, "kB", scripted),
    ]
