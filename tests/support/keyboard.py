"""Goes about a page by its keys alone, and judges each stop: can it be seen, is it where one would look for it?"""

from itertools import pairwise
from typing import Any, NamedTuple

from tests.support.browser import Tab

_STOP = """() => {
  const at = document.activeElement;
  if (!at || at === document.body || at === document.documentElement) return null;
  const luminance = (colour) => {
    const parts = (colour.match(/[\\d.]+/g) || []).map(Number);
    const line = (one) => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = parts.slice(0, 3).map((one) => line(one / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const style = getComputedStyle(at);
  const [one, other] = [style.outlineColor, getComputedStyle(document.documentElement).backgroundColor].map(luminance);
  const box = at.getBoundingClientRect();
  window.stops = window.stops || [];
  const before = window.stops.at(-1);
  window.stops.push(at);
  const label = at.labels && at.labels.length ? at.labels[0] : at;
  const named = label.innerText || at.getAttribute("aria-label") || "";
  return {
    name: named.trim().replace(/\\s+/g, " ").slice(0, 80),
    tag: at.localName,
    field: at.getAttribute("name") || "",
    outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    contrast: (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05),
    left: box.left + scrollX, right: box.right + scrollX, top: box.top + scrollY, bottom: box.bottom + scrollY,
    seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    later: !before || before === at || Boolean(before.compareDocumentPosition(at) & Node.DOCUMENT_POSITION_FOLLOWING),
  };
}"""
MOST_STOPS = 400


class Stop(NamedTuple):
    """Where the focus stands: what it is called, and where it is drawn on the page, in CSS pixels."""

    name: str
    tag: str
    field: str
    left: float
    right: float
    top: float
    bottom: float


class Keys:
    """The keyboard of one tab. Whoever holds it has no mouse."""

    def __init__(self, tab: Tab) -> None:
        self.tab, self.page = tab, tab.page
        self.found: list[str] = []  # what is wrong with stops, in words

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def write(self, words: str) -> None:
        """Type where the focus stands."""
        self.page.keyboard.type(words)

    def start(self) -> None:
        """Stand before the first stop of the page that was opened."""
        self.page.wait_for_load_state("load")
        self.page.bring_to_front()

    def next(self) -> Stop | None:
        """Go one stop on; None when the page has ended. What is wrong with the stop is noted."""
        self.press("Tab")
        said: dict[str, Any] | None = self.page.evaluate(_STOP)
        if said is None:
            return None
        stop = Stop(*(said[name] for name in Stop._fields))
        at = f"{self.page.url}: {stop.tag} “{stop.name or stop.field}”"
        if said["outline"] < 2:
            self.found.append(f"{at} does not show that it has the focus")
        if said["contrast"] < 3:  # WCAG 2.2, 1.4.11
            self.found.append(f"{at} shows its focus at a contrast of {said['contrast']:.1f}")
        if not said["seen"]:
            self.found.append(f"{at} has the focus and is not in view")
        if not said["later"]:
            self.found.append(f"{at} stands before the stop before it")
        return stop

    def to(self, name: str, *, tag: str = "") -> Stop:
        """Go on to the stop that is called so, at the latest at the page's end."""
        passed: list[str] = []
        for _ in range(MOST_STOPS):
            stop = self.next()
            if stop is None:
                break
            if (name in stop.name or name == stop.field) and tag in ("", stop.tag):
                return stop
            passed.append(stop.name or stop.field)
        raise AssertionError(f"by Tab one does not come to “{name}” on {self.page.url}; one comes to {passed}")

    def walk(self) -> list[Stop]:
        """Go through all stops of a page to its end: who cannot get out of one is caught in it."""
        stops: list[Stop] = []
        for _ in range(MOST_STOPS):
            stop = self.next()
            if stop is None:
                return stops
            stops.append(stop)
        raise AssertionError(f"{self.page.url} does not end: {[one.name for one in stops[-5:]]}")


def jumps(stops: list[Stop], *, right_to_left: bool = False) -> list[str]:
    """Name the stops that are drawn above the one before and towards the lines' beginning: one looks for them below."""

    def is_back(before: Stop, one: Stop) -> bool:
        aside = one.left >= before.right if right_to_left else one.right <= before.left
        return one.bottom <= before.top and aside

    return [
        f"“{one.name or one.field}” after “{before.name or before.field}”"
        for before, one in pairwise(stops)
        if is_back(before, one)
    ]
