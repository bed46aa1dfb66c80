"""Shows items: found by a value in them, and one by one with who has it and why, what it names, and its versions."""

from urllib.parse import urlencode

from litestar import get
from litestar.params import FromPath
from litestar.response import Response

from comity.desk.item_readers import ItemReaders, ItemReadersRequest
from comity.desk.item_relations import ItemRelations, ItemRelationsRequest
from comity.desk.release_columns import LEVELS
from comity.desk.release_requests import ListRequestsRequest, RequestList
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
PARTIES_PAGE, RELATIONS_PAGE = 25, 50
TYPES = tuple(
    """attack-pattern campaign course-of-action grouping identity incident indicator infrastructure intrusion-set
    location malware malware-analysis note observed-data opinion relationship report sighting threat-actor tool
    vulnerability""".split()
)
ASKED_BY = ("q", "type", "tlp", "source", "since", "until")
_LONGEST_VALUE = 500


@get("/items")
async def items(request: Call) -> Page:
    """Find items."""
    visit = await enter(request)
    if not visit.opens("item search"):
        raise NotPermitted("{verb} is not open to your roles", verb="item search")
    asked = {name: request.query_params.get(name, "").strip()[:_LONGEST_VALUE] for name in ASKED_BY}
    value = asked["q"] if asked["q"].rstrip("*") else ""
    wanted = SearchItemsRequest(
        value=value,
        type=asked["type"] or None,
        tlp=asked["tlp"] or None,
        source=asked["source"] or None,
        since=asked["since"] or None,
        until=asked["until"] or None,
        newest=not value,
        after=number(request.query_params.get("after", "0")),
        limit=FOUND_PAGE,
    )
    found = await visit.ask("item search", wanted, ItemsFound)
    return page(
        request,
        visit,
        "items.html",
        here="items",
        asked=asked,
        again=urlencode({name: words for name, words in asked.items() if words}),
        types=TYPES,
        levels=LEVELS,
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
        after = request.query_params.get("after", "")[:_LONGEST_VALUE]
        of_parties = ItemReadersRequest(id=item_id, source=source, after=after, limit=PARTIES_PAGE)
        readers = await visit.ask("item readers", of_parties, ItemReaders)
    requests = await visit.ask("release requests", ListRequestsRequest(id=item_id), RequestList)
    past = number(request.query_params.get("relations", "0"))
    around = ItemRelationsRequest(id=item_id, after=past, limit=RELATIONS_PAGE)
    relations = await visit.ask("item relations", around, ItemRelations)
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
        after_end=shown.after_end,
        readers=readers,
        source=source,
        relations=relations,
        past=past,
        drawing=drawn(relations.relations),
        may_erase=visit.opens("item erase"),
        requests=requests,
        may_ask=visit.opens("release ask") and latest.vouched == "signed",
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
