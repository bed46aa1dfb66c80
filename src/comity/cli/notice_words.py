"""Words what people are told outside the desk: a subject and a text, out of what the desk gives to a channel."""

from comity.desk.needing import Kind
from comity.desk.notice_brief import Brief, Worded
from comity.texts import counted, text


def worded(brief: Brief) -> Worded:
    """Say a notice in the language of this door. Its subject is the same for all: the way there is read by others."""
    head = [text("EXERCISE – nothing here is real."), ""] if brief.exercise else []
    lines = [*head, text("This is a test: the channel works.")] if brief.is_test else head
    if brief.is_farewell:
        lines = [
            *head,
            text("This channel was removed: nothing more is told here."),
            text("If that was not you, sign in and see your account: {url}", url=f"{brief.url}/account"),
        ]
        return Worded(_subject(brief), "\n".join(lines) + "\n")
    if brief.code:
        lines = [
            *head,
            text("Somebody wants to be told at this address what needs them at the desk {url}.", url=f"{brief.url}/"),
            text("If that is you, sign in, open {url} and give this code:", url=f"{brief.url}{brief.place}"),
            "",
            brief.code,
            "",
            text("It holds for three days. If it is not you, nothing needs to be done: nothing more comes here."),
        ]
        return Worded(_subject(brief), "\n".join(lines) + "\n")
    for part in brief.parts:
        lines.append(f"{headline(part.kind, part.times)} {brief.url}{part.place}")
        lines.extend(f"  - {detail}" for detail in part.details)
    lines += ["", text("Sign in to see it: {url}", url=f"{brief.url}/")]
    return Worded(_subject(brief), "\n".join(lines) + "\n")


def _subject(brief: Brief) -> str:
    return text("EXERCISE: a notice of the desk") if brief.exercise else text("A notice of the desk")


def headline(kind: Kind, count: int) -> str:
    """Say of what kind so many notices are, without what they are about."""
    match kind:
        case "approval":
            return counted("An act waits for your approval.", "{count} acts wait for your approval.", count)
        case "review":
            return counted("An act without a second person waits for your review.",
                "{count} acts without a second person wait for your review.", count)  # fmt: skip
        case "break-glass":
            return counted("An act was carried out without a second person.",
                "{count} acts were carried out without a second person.", count)  # fmt: skip
        case "request":
            return counted("A party asks to let an item go on.",
                "Parties ask {count} times to let items go on.", count)  # fmt: skip
        case "quarantine":
            return counted("Something is in quarantine.", "Quarantine holds inputs for {count} reasons.", count)
        case "alarm":
            return counted("An alarm stands.", "{count} alarms stand.", count)
        case "receipt":
            return counted("A receipt is due.", "{count} parties owe a receipt.", count)
        case "peer":
            return counted("A peer does not answer.", "{count} peers do not answer.", count)
        case "change":
            return counted("A clause is about to change.", "{count} clauses are about to change.", count)
        case "recovery":
            return counted("The recovery of an account goes on.", "Recoveries of accounts: {count} steps.", count)
        case "sign-in":
            return counted("Somebody signed in to your account from a new address.",
                "Somebody signed in to your account from {count} new addresses.", count)  # fmt: skip
        case "sign-in-refused":
            return counted("A sign-in to your account was refused.",
                "Sign-ins to your account were refused on {count} days.", count)  # fmt: skip
        case "ways-in":
            return counted("A way in to your account, a token or a channel was changed.",
                "Ways in to your account, tokens or channels were changed {count} times.", count)  # fmt: skip
        case "account":
            return counted("An administrator changed your account.",
                "Administrators changed your account {count} times.", count)  # fmt: skip
        case "delivery":
            return counted("Notices to a channel were given up.", "Notices to {count} channels were given up.", count)
