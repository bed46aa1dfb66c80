"""Shows agreements: which there are and what this node makes of each; one with its parties, clauses and text."""

from litestar import get
from litestar.params import FromPath

from comity.desk.agreement_flow import AgreementFlow, AgreementFlowRequest
from comity.desk.list_agreements import AgreementList, AgreementText, ListAgreementsRequest, ShowAgreementRequest
from comity.rooms.release.standing import WORKING
from comity.web.addresses import Call
from comity.web.directory import directory_for
from comity.web.drawing import bars
from comity.web.pages import Page, page
from comity.web.visit import enter


@get("/agreements")
async def agreements(request: Call) -> Page:
    """List the agreements."""
    visit = await enter(request)
    listed = await visit.ask("agreement list", ListAgreementsRequest(), AgreementList)
    working = [one for one in listed.agreements if one.state in WORKING]
    return page(
        request,
        visit,
        "agreements.html",
        here="agreements",
        agreements=listed.agreements,
        working=len(working),
        parties=await directory_for(visit),
    )


@get("/agreements/{agreement_id:str}")
async def agreement(request: Call, agreement_id: FromPath[str]) -> Page:
    """Show one agreement."""
    visit = await enter(request)
    shown = await visit.ask("agreement show", ShowAgreementRequest(agreement=agreement_id), AgreementText)
    flow = await visit.ask("agreement flow", AgreementFlowRequest(agreement=agreement_id), AgreementFlow)
    parties = await directory_for(visit)
    return page(
        request,
        visit,
        "agreement.html",
        here="agreements",
        agreement=shown.agreement,
        text_as_received=shown.text,
        flow=flow,
        chart=bars([(one.article, one.by_day) for one in flow.clauses]),
        works=shown.agreement.state in WORKING,
        lacking=[parties.title(name) for name in shown.agreement.waiting_for],
        parties=parties,
    )


ROUTES = (agreements, agreement)
