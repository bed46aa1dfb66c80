"""Figure: taking objects in, as one file and as many, into an existing store with three readers, until delivered."""

import shutil
from pathlib import Path

from benchmarks import nodes, stix
from benchmarks.bare import write_again
from benchmarks.report import Report, at_least, say, within
from comity.node import DATABASE

MOST_MIB = 1024


class Made:
    """The folders that this makes and others go on with."""

    def __init__(self, work: Path) -> None:
        self.base, self.full = work / "base", work / "full"
        self.stock, self.prime = work / "stock", work / "prime"


def prepare(made: Made, objects: int) -> None:
    """Write the files and make a store that has readers, agreements and some records already."""
    if made.base.exists():
        return
    files = 1000 if objects >= 100_000 else 50
    say(f"generating {objects:,} objects")
    size = stix.write_files(made.stock, objects, files)
    say(f"{size / objects:.0f} bytes an object on average")
    stix.write_files(made.prime, max(1000, objects // 20), 1, seed=7, rare=False)
    nodes.found_node(made.base)
    with nodes.opened(made.base) as node:
        for party in nodes.FIRST_THREE:
            nodes.add_party_with_view(node, party)
            nodes.agree(node, party, nodes.VIEWS[party])
    nodes.import_in_child(made.base, made.prime / "one.json")


def fill(made: Made, objects: int) -> nodes.Imported:
    """Import all objects from one file into a copy of the prepared node."""
    prepare(made, objects)
    nodes.copied(made.base, made.full)
    say("importing one file")
    return nodes.import_in_child(made.full, made.stock / "one.json")


def filled(work: Path, objects: int) -> Made:
    """Give the folders with the full store, making it if no benchmark before this has."""
    made = Made(work)
    if not (made.full / DATABASE).exists():
        fill(made, objects)
    return made


def run(work: Path, objects: int, report: Report) -> None:
    """Import as one file, as many files, and all of it again."""
    made = Made(work)
    one = fill(made, objects)
    assert one.new == objects, one
    say("the bare program writes the same rows")
    bare = write_again(made.base / DATABASE, made.full / DATABASE, work / "bare.db")
    (work / "bare.db").unlink()
    say("importing many files")
    other = nodes.copied(made.base, work / "other")
    many = nodes.import_in_child(other, made.stock / "many")
    shutil.rmtree(other)
    say("importing everything again")
    again = nodes.import_in_child(made.full, made.stock / "one.json")
    assert again.duplicate == objects, again
    limit, limit_is = objects / bare.seconds, "bare program"
    note = f"{bare.rows:,} rows, synchronous=FULL, 3 readers"
    files = len(list((made.stock / "many").iterdir()))
    first = objects / one.seconds
    report.add(
        at_least("import as one file", first, limit, limit_is, 0.5, "objects/s", note),
        at_least(f"import as {files:,} files", objects / many.seconds, limit, limit_is, 0.5, "objects/s", note),
        at_least("import again, all duplicates", objects / again.seconds, first, "first", 5, "objects/s"),
        within("memory of an import, MiB", max(one.peak_mib, many.peak_mib), MOST_MIB)._replace(
            unit="MiB", target=f"at most {MOST_MIB} MiB"
        ),
    )
