"""Tests the commands on identity providers."""

from pathlib import Path

from tests.support.command import Command
from tests.support.identity_provider import CLIENT, identity_provider


def test_a_provider_is_added_listed_changed_and_removed(comity: Command, tmp_path: Path) -> None:
    settings = comity.folder / "node.toml"
    settings.write_text(settings.read_text() + 'outbound_networks = ["127.0.0.0/8"]\n')
    secret = tmp_path / "secret"
    secret.write_text("geheim\n")
    with identity_provider(lambda: 0) as provider:
        words = ("provider", "add", "ministry", "--title", "Ministry", "--issuer", provider.url)
        said = comity(*words, "--client-id", CLIENT, "--secret-file", str(secret))
        assert said.code == 0 and "/sign-in/from/ministry" in said.out and "geheim" not in said.out
        assert comity(*words, "--client-id", CLIENT).code == 1
    assert "Ministry" in comity("provider", "list").out
    assert "Office" in comity("provider", "change", "ministry", "--title", "Office").out
    assert comity("provider", "remove", "ministry", "--yes", "--json").json["identities"] == 0  # type: ignore[index, call-overload]
    assert comity("provider", "remove", "ministry", "--yes").code == 1
