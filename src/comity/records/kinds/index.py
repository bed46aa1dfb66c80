"""Lists the kinds of act that this version reads; a new kind is its file and its line here."""

from typing import Final

from comity.records.base import kind_of
from comity.records.kinds.adherence import Adherence
from comity.records.kinds.agreement import Agreement
from comity.records.kinds.agreement_end import AgreementEnd
from comity.records.kinds.agreement_suspension import AgreementSuspension
from comity.records.kinds.anchor import Anchor
from comity.records.kinds.delivery import Delivery
from comity.records.kinds.equivocation import Equivocation
from comity.records.kinds.erasure import Erasure
from comity.records.kinds.guest_receipt import GuestReceipt
from comity.records.kinds.item_set import ItemSet
from comity.records.kinds.key_set import KeySet
from comity.records.kinds.party import Party
from comity.records.kinds.receipt import Receipt
from comity.records.kinds.release_grant import ReleaseGrant
from comity.records.kinds.release_request import ReleaseRequest
from comity.records.kinds.renditions import Renditions
from comity.records.kinds.retraction import Retraction

Act = (
    Party
    | Agreement
    | Adherence
    | AgreementEnd
    | AgreementSuspension
    | ReleaseGrant
    | Retraction
    | Erasure
    | ItemSet
    | Delivery
    | Renditions
    | Receipt
    | Equivocation
    | KeySet
    | Anchor
    | ReleaseRequest
    | GuestReceipt
)

_ALL: Final[tuple[type[Act], ...]] = (
    Party,
    Agreement,
    Adherence,
    AgreementEnd,
    AgreementSuspension,
    ReleaseGrant,
    Retraction,
    Erasure,
    ItemSet,
    Delivery,
    Renditions,
    Receipt,
    Equivocation,
    KeySet,
    Anchor,
    ReleaseRequest,
    GuestReceipt,
)

KINDS: Final[dict[str, type[Act]]] = {kind_of(kind): kind for kind in _ALL}
