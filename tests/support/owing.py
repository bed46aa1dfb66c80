"""Plays two nodes with an agreement that asks for what was received once it has ended."""

from comity.desk.discharge_agreement import DischargeAgreementRequest, discharge_agreement
from comity.desk.leave_agreement import LeaveAgreementRequest, leave_agreement
from comity.desk.list_owed import ListOwedRequest, OwedList, list_owed
from tests.support.federation import Member
from tests.support.nodes import OFFICER, agreement, an_id, clause

TWO = ("freedonia-csirt", "ruritania-csirt")
SHARE = clause("1", "share", tlp_at_most="amber")
DESTROY = agreement('survival = "destroy"\nsurvival_days = 10\n' + SHARE, parties=TWO)
ITEM = an_id("indicator", 1)


def bind(free: Member, ruri: Member, text: str, name: str = "free-ruri") -> None:
    """Both adhere to a text, and each knows it of the other."""
    free.agree(text)
    ruri.sync()
    ruri.adhere(name)
    free.sync()


def leave(member: Member, name: str = "free-ruri") -> None:
    """Give notice, with effect now."""
    leave_agreement(member.node, OFFICER, LeaveAgreementRequest(agreement=name))


def owed(member: Member) -> OwedList:
    """Give what is owed, here and there."""
    return list_owed(member.node, OFFICER, ListOwedRequest())


def discharge(member: Member, name: str = "free-ruri") -> int:
    """Erase what is owed; gives how many items went."""
    request = DischargeAgreementRequest(agreement=name, reason="It has ended.", ordered_by="Legal adviser")
    return discharge_agreement(member.node, OFFICER, request).erased
