"""Shows items: found by a value in them, and one by one with who has it and why, what it names, and its versions."""

from litestar import get
from litestar.params import FromPath
from litestar.response import Response

from comity.desk.item_readers import ItemReaders, ItemReadersRequest
from comity.desk.item_relations import ItemRelations, ItemRelationsRequest
from comity.desk.search_items import ItemsFound, SearchItemsRequest
from comity.desk.show_item import ItemShown, ShowItemRequest
from comity.errors import NotFound, NotPermitted
from comity.records.labels import words_of
from comity.web.addresses import Call
from comity.web.directory import directory_for
from comity.web.drawing import drawn
from comity.web.now_page import number
from comity.web.pages import Page, page
from comity.web.visit import enter

FOUND_PAGE = 50
TYPES = tuple(
    """attack-pattern campaign course-of-action grouping identity incident indicator infrastructure intrusion-set
    location malware malware-analysis note observed-data opinion relationship report sighting threat-actor tool
    vulnerability""".split()
)
_LONGEST_VALUE = 500


@get("/items")
async def items(request: Call) -> Page:
    """Find items."""
    visit = await enter(request)
    if not visit.opens("item search"):
        raise NotPermitted("{verb} is not open to your roles", verb="item search")
    value = request.query_params.get("q", "").strip()[:_LONGEST_VALUE]
    kind = request.query_params.get("type", "")
    found = None
    if value.rstrip("*"):
        asked = SearchItemsRequest(
            value=value, type=kind or None, after=number(request.query_params.get("after", "0")), limit=FOUND_PAGE
        )
        found = await visit.ask("item search", asked, ItemsFound)
    return page(
        request,
        visit,
        "items.html",
        here="items",
        value=value,
        kind=kind,
        types=TYPES,
        found=found,
        parties=await directory_for(visit),
    )


@get("/items/{item_id:str}")
async def item(request: Call, item_id: FromPath[str]) -> Page:
    """Show one item."""
    visit = await enter(request)
    source = request.query_params.get("source") or None
    shown = await visit.ask("item show", ShowItemRequest(id=item_id, source=source), ItemShown)
    readers = None
    if any(one.state == "live" for one in shown.versions):
        readers = await visit.ask("item readers", ItemReadersRequest(id=item_id, source=source), ItemReaders)
    relations = await visit.ask("item relations", ItemRelationsRequest(id=item_id), ItemRelations)
    latest = shown.versions[0]
    return page(
        request,
        visit,
        "item.html",
        here="items",
        item=latest,
        versions=shown.versions,
        at_length=words_of(shown.body.encode()).strip().splitlines(),
        body=shown.body,
        receipts=shown.receipts,
        readers=readers,
        relations=relations,
        drawing=drawn(relations.relations),
        may_erase=visit.opens("item erase"),
        may_grant=visit.opens("release grant") and latest.vouched == "own",
        parties=await directory_for(visit),
    )


@get("/items/{item_id:str}/bytes")
async def item_bytes(request: Call, item_id: FromPath[str]) -> Response[bytes]:
    """Give the newest version's bytes as they were received, to be kept and never run."""
    visit = await enter(request)
    shown = await visit.ask("item show", ShowItemRequest(id=item_id), ItemShown)
    if not shown.body:
        raise NotFound("no content is held of this item")
    headers = {"content-disposition": 'attachment; filename="item.json"'}
    return Response(shown.body.encode(), media_type="application/json", headers=headers)


ROUTES = (items, item, item_bytes)
