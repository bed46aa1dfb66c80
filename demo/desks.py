"""Invites people to the desks of the exercise: whoever watches signs in there in a browser and goes on."""

from federation import CONCORD, FREEDONIA, NORTHWIND, RURITANIA, Node, Party

# Two at Freedonia, so that what binds the party waits there for a second person.
PEOPLE: dict[Party, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    FREEDONIA: (
        ("mara.ellend", "Mara Ellend", ("duty-officer", "releaser")),
        ("tomas.weyl", "Tomas Weyl", ("approver",)),
    ),
    RURITANIA: (("ilse.brandt", "Ilse Brandt", ("duty-officer", "legal-adviser")),),
    NORTHWIND: (("noor.castellan", "Noor Castellan", ("duty-officer",)),),
    CONCORD: (("emil.ferrant", "Emil Ferrant", ("diplomat",)),),
}


def invite(nodes: list[Node]) -> list[str]:
    """Make the accounts; gives a line for each: where to begin, by which code, as whom."""
    lines = []
    for node in nodes:
        for name, title, roles in PEOPLE[node.party]:
            words = [word for role in roles for word in ("--role", role)]
            made = node.ask("account", "add", name, "--title", title, *words)
            lines.append(f"  {made['url']:<32} code {made['code']}  {title}, {' and '.join(roles)}")
    return lines
