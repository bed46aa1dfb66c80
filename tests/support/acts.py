"""Makes acts and keys for tests: sound examples of every kind, fixed keys, and acts at random."""

import hashlib

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import strategies as st

from comity.records import codec, dsse
from comity.records.dsse import KeyId, Signer
from comity.records.kinds import (
    Act,
    Adherence,
    Agreement,
    AgreementEnd,
    Anchor,
    Erasure,
    KeySet,
    Party,
    PartyKey,
    ReleaseGrant,
    ReleaseRequest,
    RetractedItem,
    Retraction,
    StatedKey,
)
from comity.values import Instant, PartyName, instant, iso

PARTIES = tuple(map(PartyName, ("freedonia-csirt", "ruritania-csirt", "northwind-energy")))


def a_signer(seed: int = 1) -> Signer:
    """A key that is the same in every run."""
    return dsse.signer_of(Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


SIGNERS: dict[PartyName, Signer] = {party: a_signer(place) for place, party in enumerate(PARTIES, 1)}
KEYS: dict[KeyId, bytes] = {signer.key_id: signer.public for signer in SIGNERS.values()}
OWNERS: dict[KeyId, PartyName] = {signer.key_id: party for party, signer in SIGNERS.items()}


def signed(act: Act) -> bytes:
    """The envelope of an act, signed by its issuer."""
    return dsse.sign(codec.encode(act), SIGNERS[act.issuer])


_HEX = "0123456789abcdef"
hexes = st.text(_HEX, min_size=64, max_size=64)
rids = st.builds(
    lambda digits, variant: f"{digits[:8]}-{digits[8:12]}-7{digits[12:15]}-{variant}{digits[15:18]}-{digits[18:30]}",
    st.text(_HEX, min_size=30, max_size=30),
    st.sampled_from("89ab"),
)
moments = st.integers(0, instant("9999-01-01")).map(lambda ms: iso(Instant(ms)))
words = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=60)
names = st.sampled_from(PARTIES)
agreement_ids = st.from_regex(r"[a-z0-9]{1,8}(?:-[a-z0-9]{1,8}){0,3}", fullmatch=True)
HEAD = {
    "rid": rids,
    "issuer": names,
    "at": moments,
    "exercise": st.booleans(),
    "re": st.lists(hexes, max_size=3).map(tuple),
}


def _agreements() -> st.SearchStrategy[Act]:
    return st.builds(
        lambda text, **rest: Agreement(text=text, sha256=hashlib.sha256(text.encode()).hexdigest(), **rest),
        text=words,
        agreement=agreement_ids,
        **HEAD,
    )


def _noticed(act: Act, party: PartyName, evidence: str) -> Act:
    """The same act, about another party if it is not the issuer."""
    noted = {} if party == act.issuer else {"recorded_by": act.issuer, "evidence": evidence}
    return msgspec.structs.replace(act, party=party, **noted)


def _own(kind: type[Act], **fields: st.SearchStrategy[object]) -> st.SearchStrategy[Act]:
    """Acts of a kind that speaks of a party: its issuer's own, then some recorded on another's notice."""
    make = st.builds(lambda issuer, **rest: kind(issuer=issuer, party=issuer, **rest), **HEAD, **fields)
    return st.builds(_noticed, make, names, words)


acts: st.SearchStrategy[Act] = st.one_of(
    st.builds(
        Party,
        name=names,
        title=words,
        kind=st.sampled_from(("authority", "company", "organisation", "state")),
        root_key=hexes,
        keys=st.lists(st.builds(PartyKey, use=st.sampled_from(("record", "node")), public=hexes), max_size=2).map(
            tuple
        ),
        default_tlp=st.sampled_from((None, "clear", "amber+strict", "red")),
        **HEAD,
    ),
    _agreements(),
    _own(Adherence, agreement=agreement_ids, sha256=hexes, effective_from=moments),
    _own(
        AgreementEnd,
        agreement=agreement_ids,
        sha256=hexes,
        ends_at=moments,
        reason=st.sampled_from(("expiry", "denunciation", "withdrawal")),
    ),
    st.builds(
        ReleaseGrant,
        ids=st.lists(words, min_size=1, max_size=3).map(tuple),
        digests=st.lists(hexes, max_size=2).map(tuple),
        to=st.lists(names, min_size=1, max_size=3).map(tuple),
        until=st.none() | moments,
        **HEAD,
    ),
    st.builds(
        ReleaseRequest,
        of=st.just(PartyName("free")),
        item=words,
        leaves=st.lists(hexes, min_size=1, max_size=2).map(tuple),
        to=st.just(PartyName("third")),
        reason=words,
        **HEAD,
    ),
    st.builds(
        Retraction,
        items=st.lists(
            st.builds(RetractedItem, id=words, version=st.none() | moments, sha256=st.none() | hexes),
            min_size=1,
            max_size=3,
        ).map(tuple),
        reason=words,
        deadline=st.none() | moments,
        **HEAD,
    ),
    st.builds(
        Erasure, items=st.lists(hexes, min_size=1, max_size=3).map(tuple), reason=words, ordered_by=words, **HEAD
    ),
    st.builds(
        KeySet,
        serial=st.integers(1, 2**53 - 1),
        root_key=st.just("ab" * 32),
        keys=st.lists(
            st.builds(
                StatedKey,
                use=st.sampled_from(("record", "log", "tls-pin")),
                public=hexes.filter(lambda text: text != "ab" * 32),
                valid_from=moments,
                suspect_from=st.none() | moments,
            ),
            min_size=1,
            max_size=3,
            unique_by=lambda key: key.public,
        ).map(tuple),
        **HEAD,
    ),
    st.builds(
        Anchor,
        title=words,
        kind=st.sampled_from(("authority", "company", "organisation", "state")),
        root_key=hexes,
        endpoints=st.lists(st.just("https://hub.freedonia.example/taxii2/"), max_size=2).map(tuple),
        key_set=words,
        valid_until=moments,
        **HEAD,
    ),
)
