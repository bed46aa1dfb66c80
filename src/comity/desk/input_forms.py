"""Reads whatever form of input intake takes besides STIX: events of MISP, tables of indicators, and mails."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from comity.desk.csv_intake import CsvReader
from comity.desk.intake_tally import Form
from comity.desk.mail_intake import MailChoice, MailReader
from comity.desk.misp_intake import MispReader
from comity.desk.node_type import Node
from comity.records.table_columns import Columns
from comity.stores.directory import PartyRow
from comity.wire.bundles import Found
from comity.wire.csv_file import LARGEST_FILE_BYTES, SUFFIXES, is_table
from comity.wire.mail_reader import is_mail
from comity.wire.misp_file import HEAD_BYTES, is_misp


def form_of(name: str, body: bytes) -> Form:
    """Tell which form content has, by its name and its beginning."""
    if is_misp(body[:HEAD_BYTES]):
        return "misp"
    if is_mail(name, body):
        return "mail"
    return "csv" if is_table(name, body) else "stix"


class InputForms:
    """Reads the files of one intake. `misp` and `csv` say after it what they counted and left out."""

    def __init__(
        self,
        node: Node,
        party: PartyRow,
        columns: Columns | None,
        choice: MailChoice | None = None,
        kept: str | None = None,
    ) -> None:
        self.misp = MispReader(node.catalogue.markings.schemes)
        self.csv = CsvReader(node, party, columns)
        self.mail = MailReader(node, party, choice, kept)

    def __enter__(self) -> "InputForms":
        return self

    def __exit__(self, *_: object) -> None:
        self.misp.__exit__()

    def founds(self, file: Path, stream: BinaryIO) -> Iterator[Found] | None:
        """Give what a file holds; None if it is STIX, the stream being at its beginning again.

        Raises:
            UsageError: a table's columns are not known.
        """
        if file.suffix.lower() in SUFFIXES:
            return self.csv.founds(stream.read(LARGEST_FILE_BYTES + 1))
        return self.misp.founds(file, stream)

    def founds_of(self, name: str, body: bytes) -> Iterator[Found] | None:
        """Give what content holds that is no file; None if it is STIX.

        Raises:
            UsageError: a table's columns are not known, or what is taken out of a mail.
        """
        form = form_of(name, body)
        if form == "csv":
            return self.csv.founds(body)
        if form == "mail":
            return self.mail.founds(body)
        return self.misp.founds(Path(name), io.BytesIO(body))
