"""Decides how a browser holds a session: a cookie that no script reads, sent to the desk alone."""

from comity.web.pages import Page
from comity.web.visit import Visit, cookie_name


def with_session(answer: Page, visit: Visit, secret: str) -> Page:
    """Give the browser the secret of a session; it forgets it when it is closed."""
    _set(answer, visit, secret, None)
    return answer


def without_session(answer: Page, visit: Visit) -> Page:
    """Take the secret away, and what the browser kept beside it."""
    answer.headers["clear-site-data"] = '"cache", "storage"'
    _set(answer, visit, "", 0)
    return answer


def _set(answer: Page, visit: Visit, secret: str, max_age: int | None) -> None:
    answer.set_cookie(
        cookie_name(visit.base),
        secret,
        max_age=max_age,
        path="/",
        secure=visit.base.secure,
        httponly=True,
        samesite="lax",
    )
