from importlib.resources import files

import pytest

from comity.catalogue import read
from comity.catalogue.read import catalogue_of, load_catalogue
from comity.errors import CatalogueError
from comity.values import Tlp


def contents() -> dict[str, bytes]:
    return {
        name: files("comity.catalogue").joinpath(name).read_bytes() for name in (read.SCHEMES, read.IEP, read.PERSONAL)
    }


def test_the_product_brings_a_catalogue_in_order() -> None:
    catalogue = load_catalogue()
    assert len(catalogue.schemes) >= 8 and len(catalogue.iep_terms) >= 15 and len(catalogue.personal_rules) >= 15
    entries = [(entry.id, entry.source, entry.checked) for entry in catalogue.schemes]
    entries += [(entry.id, entry.source, entry.checked) for entry in catalogue.personal_rules]
    entries += [(entry.id, entry.source, entry.checked) for entry in catalogue.silent_extensions]
    assert [entry for entry, source, checked in entries if not source or checked < "2026-01-01"] == []
    assert all(term.reason for term in catalogue.iep_terms)


def test_every_scheme_level_is_between_unclassified_and_top_secret() -> None:
    levels = [level for scheme in load_catalogue().schemes for level in scheme.levels]
    assert {level.classification for level in levels} == {0, 1, 2, 3, 4}
    assert all(level.texts for level in levels)


def test_limite_is_distribution_and_not_classification() -> None:
    meaning = load_catalogue().markings.schemes.of_statement("LIMITE")
    assert meaning is not None and (meaning.classification, meaning.tlp) == (0, Tlp.AMBER_STRICT)


@pytest.mark.parametrize(
    ("name", "old", "new", "field"),
    [
        (read.SCHEMES, 'title = "EU classified', 'colour = "x"\ntitle = "EU classified', "scheme"),
        (read.SCHEMES, "classification = 1", 'classification = "one"', "classification"),
        (read.SCHEMES, 'tlp = "amber+strict"', 'tlp = "purple"', "tlp"),
        (read.SCHEMES, 'id = "nato"', 'id = "uk"', "scheme.id"),
        (read.SCHEMES, "checked = 2026-11-23", 'checked = "lately"', "checked"),
        (read.SCHEMES, "verified = true", "verified = 2026-11-23", "verified"),
        (read.IEP, 'effect = "carried"', 'effect = "ignored"', "effect"),
        (read.IEP, 'field = "attribution"\nvalue = "may"', 'field = "attribution"\nvalue = "must"', "term"),
        (read.PERSONAL, 'answer = "yes"', 'answer = "perhaps"', "answer"),
        (read.PERSONAL, 'id = "contact"', 'id = "named-authors"', "rule.id"),
        (read.PERSONAL, "(?:^|", "((?:^|", "rule"),
        (read.PERSONAL, "[[rule]]", "[[rule", "$"),
    ],
)
def test_a_data_file_out_of_order_names_file_and_field(name: str, old: str, new: str, field: str) -> None:
    spoilt = contents()
    assert old in spoilt[name].decode()
    spoilt[name] = spoilt[name].decode().replace(old, new, 1).encode()
    with pytest.raises(CatalogueError) as refusal:
        catalogue_of(spoilt)
    assert refusal.value.file == name
    assert field in refusal.value.field
