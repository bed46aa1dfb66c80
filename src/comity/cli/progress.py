"""Shows how far long work is: a bar on a terminal, lines of JSON for machines, nothing elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from comity.cli.exits import write_json
from comity.desk.verb import Progress, Report


class LastReport:
    """Remembers the last report of progress, so that an interruption can say what is kept."""

    def __init__(self) -> None:
        self.progress = Progress(done=0)

    def __call__(self, progress: Progress) -> None:
        self.progress = progress


@contextmanager
def shown_progress(err: Console, title: str, last: LastReport, *, as_json: bool) -> Iterator[Report]:
    """Give a function that takes reports of progress and draws them, if somebody is there to look."""
    if as_json:
        yield _telling(last)
        return
    if not err.is_terminal:
        yield last
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=err, transient=True) as bar:
        task = bar.add_task(title, total=None, unit="")

        def draw(progress: Progress) -> None:
            last(progress)
            bar.update(
                task,
                completed=progress.done,
                total=progress.total or None,
                unit=progress.unit,
                description=progress.phase or title,
            )

        yield draw


def _telling(last: LastReport) -> Report:
    """Write a line whenever more has become durable: a program that reads it knows what a crash cannot take."""

    def tell(progress: Progress) -> None:
        more = progress.kept_through > last.progress.kept_through
        last(progress)
        if more:
            write_json(progress)

    return tell
