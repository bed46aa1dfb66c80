"""Decides how a browser holds a session: a cookie that no script reads, sent to the desk alone.

Beside it stands a mark of the browser, made at its first sign-in. It opens nothing; by it nobody approves an act in the
very browser that asked for it.
"""

import base64

from comity.desk.ask_provider import ANSWERED_WITHIN_MS
from comity.web.pages import Page
from comity.web.visit import Visit, cookie_name, device_name, question_name

_MARK_BYTES, _MARK_FOR_S = 18, 400 * 86_400


def with_session(answer: Page, visit: Visit, secret: str) -> Page:
    """Give the browser the secret of a session; it forgets it when it is closed."""
    _set(answer, visit, cookie_name(visit.base), secret, None)
    if not visit.device:
        mark = base64.urlsafe_b64encode(visit.door.node.entropy(_MARK_BYTES)).decode().rstrip("=")
        _set(answer, visit, device_name(visit.base), mark, _MARK_FOR_S)
    return answer


def without_session(answer: Page, visit: Visit) -> Page:
    """Take the secret away, and what the browser kept beside it."""
    answer.headers["clear-site-data"] = '"cache", "storage"'
    _set(answer, visit, cookie_name(visit.base), "", 0)
    return answer


def with_question(answer: Page, visit: Visit, sealed: str) -> Page:
    """Give the browser what binds a provider's answer to it, for as long as it may come."""
    _set(answer, visit, question_name(visit.base), sealed, ANSWERED_WITHIN_MS // 1000)
    return answer


def without_question(answer: Page, visit: Visit) -> Page:
    """Take back what bound an answer: it counts once."""
    _set(answer, visit, question_name(visit.base), "", 0)
    return answer


def _set(answer: Page, visit: Visit, name: str, value: str, max_age: int | None) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=max_age,
        path="/",
        secure=visit.base.secure,
        httponly=True,
        samesite="lax",
    )
