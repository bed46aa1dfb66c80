from comity.records.upgrade_observables import Renames, upgrade_observables
from comity.values import Json, JsonObject


def upgraded(observables: JsonObject) -> tuple[list[JsonObject], list[str], Renames]:
    remarks: list[str] = []
    renames: Renames = []
    made = upgrade_observables("observed-data--1", observables, remarks, renames)
    return [value for value in made.values() if isinstance(value, dict)], remarks, renames


def one(observable: JsonObject) -> tuple[JsonObject, list[str]]:
    (made,), remarks, _ = upgraded({"0": observable})
    return {key: value for key, value in made.items() if key != "id"}, remarks


def test_renamed_properties_get_the_names_of_2_1() -> None:
    made, remarks = one({"type": "user-account", "user_id": "u", "password_last_changed": "2016-01-01T00:00:00Z"})

    assert made == {"type": "user-account", "user_id": "u", "credential_last_changed": "2016-01-01T00:00:00Z"}
    assert remarks == ["renamed-by-2.1 $.objects.0.password_last_changed"]


def test_what_2_1_dropped_is_kept_under_another_name() -> None:
    archive: Json = {"archive-ext": {"contains_refs": ["0"], "version": "5"}}
    made, remarks = one({"type": "file", "name": "a", "is_encrypted": True, "extensions": archive})

    extensions = made["extensions"]
    assert made["x_is_encrypted"] is True
    assert isinstance(extensions, dict)
    assert isinstance(extensions["archive-ext"], dict)
    assert extensions["archive-ext"]["x_version"] == "5"
    assert remarks == [
        "dropped-by-2.1 $.objects.0.is_encrypted",
        "dropped-by-2.1 $.objects.0.extensions.archive-ext.version",
    ]


def test_a_producer_that_used_the_new_name_already_loses_neither_value() -> None:
    made, remarks = one({"type": "file", "created": "old", "ctime": "new"})

    assert (made["created"], made["ctime"]) == ("old", "new")
    assert remarks == []


def test_ids_depend_on_what_they_name_and_on_where_it_stands() -> None:
    domain: JsonObject = {"type": "domain-name", "value": "example.com"}
    first, second = upgraded({"0": domain, "1": domain})[0]
    (other,) = upgraded({"0": {**domain, "value": "example.org"}})[0]

    assert first["id"] == upgraded({"0": domain})[0][0]["id"]
    assert len({first["id"], second["id"], other["id"]}) == 3


def test_an_id_that_is_given_is_kept_and_one_given_twice_only_once() -> None:
    file: JsonObject = {"type": "file", "id": "file--1", "name": "a"}
    first, second = upgraded({"0": file, "1": file})[0]

    assert first["id"] == "file--1"
    assert second["id"] != "file--1"


def test_references_to_what_is_not_there_and_odd_values_stay() -> None:
    remarks: list[str] = []
    made = upgrade_observables("x", {"0": {"type": "file", "parent_directory_ref": "9"}, "1": 5}, remarks, [])

    assert made["1"] == 5
    assert [value["parent_directory_ref"] for value in made.values() if isinstance(value, dict)] == ["9"]
