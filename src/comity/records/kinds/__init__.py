"""The kinds of act, one file each."""

from comity.records.kinds.adherence import Adherence
from comity.records.kinds.agreement import Agreement
from comity.records.kinds.agreement_end import AgreementEnd
from comity.records.kinds.agreement_suspension import AgreementSuspension
from comity.records.kinds.anchor import Anchor
from comity.records.kinds.delivery import Delivery
from comity.records.kinds.equivocation import Equivocation
from comity.records.kinds.erasure import Erasure
from comity.records.kinds.guest_receipt import GuestReceipt
from comity.records.kinds.index import KINDS, Act
from comity.records.kinds.item_set import ItemSet
from comity.records.kinds.key_set import KeySet, StatedKey
from comity.records.kinds.party import Party, PartyKey
from comity.records.kinds.receipt import Receipt
from comity.records.kinds.release_grant import ReleaseGrant
from comity.records.kinds.release_request import ReleaseRequest
from comity.records.kinds.renditions import Renditions
from comity.records.kinds.retraction import RetractedItem, Retraction

__all__ = [
    "KINDS",
    "Act",
    "Adherence",
    "Agreement",
    "AgreementEnd",
    "AgreementSuspension",
    "Anchor",
    "Delivery",
    "Equivocation",
    "Erasure",
    "GuestReceipt",
    "ItemSet",
    "KeySet",
    "Party",
    "PartyKey",
    "Receipt",
    "ReleaseGrant",
    "ReleaseRequest",
    "Renditions",
    "RetractedItem",
    "Retraction",
    "StatedKey",
]
