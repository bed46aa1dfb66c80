"""The TAXII 2.1 endpoints: each signs the reader in, reads the request, asks the desk, and answers.

Litestar matches paths with and without a slash at the end alike, so neither is redirected.
"""

from litestar import Request, delete, get, post
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import Response

from comity.desk.read_audit import count_taxii_read
from comity.desk.read_signed import read_signed
from comity.desk.read_view import list_collections, read_manifest, read_objects, read_versions
from comity.desk.submit_items import read_status, submit_items
from comity.desk.views import CollectionView, ObjectPage, ReaderActor, ReadQuery, VersionsPage
from comity.desk.withdraw_submission import withdraw_submission
from comity.errors import NotFound
from comity.taxii import answers
from comity.taxii.body import read_body
from comity.taxii.door import Door
from comity.taxii.forwarded import base_url
from comity.taxii.media import acceptable, sendable
from comity.taxii.problems import NOT_ACCEPTABLE, UNSUPPORTED_TYPE, Refusal
from comity.taxii.query import read_query
from comity.taxii.signin import sign_in

ROOT = "/taxii2/root"
COLLECTION = ROOT + "/collections/{collection_id:str}"
OBJECT = COLLECTION + "/objects/{object_id:str}"

Call = Request[None, None, State]
Answer = Response[bytes]


@get("/taxii2")
async def discovery(request: Call) -> Answer:
    """TAXII 2.1 §4.1: say where the API root is, as the client must address it."""
    door, _ = await _enter(request)
    settings = door.node.settings
    base = settings.public_url.rstrip("/") or base_url(
        str(request.scope["scheme"]),
        request.client.host if request.client else "",
        request.headers,
        request.scope.get("root_path", ""),
        door.trusted,
    )
    url = f"{base}{ROOT}/"
    return answers.answer(
        answers.Discovery(
            title=_title(door), description="Cooperation hub of its party.", default=url, api_roots=(url,)
        )
    )


@get(ROOT)
async def api_root(request: Call) -> Answer:
    """TAXII 2.1 §4.2."""
    door, _ = await _enter(request)
    return answers.answer(
        answers.ApiRoot(
            title=_title(door),
            description="What agreements release to you, and where you submit.",
            max_content_length=door.node.settings.max_content_length,
        )
    )


@get(ROOT + "/status/{status_id:str}")
async def status(request: Call, status_id: FromPath[str]) -> Answer:
    """TAXII 2.1 §4.3."""
    door, reader = await _enter(request)
    return answers.answer(answers.status_of(await door.reading(read_status, door.node, reader, status_id)))


@get(ROOT + "/collections")
async def collections(request: Call) -> Answer:
    """TAXII 2.1 §5.1."""
    door, reader = await _enter(request)
    views = await door.reading(list_collections, door.node, reader)
    return answers.answer(answers.Collections(tuple(map(answers.collection_of, views))))


@get(COLLECTION)
async def collection(request: Call, collection_id: FromPath[str]) -> Answer:
    """TAXII 2.1 §5.2."""
    door, reader = await _enter(request)
    views = await door.reading(list_collections, door.node, reader)
    return answers.answer(answers.collection_of(_named(views, collection_id)))


@get(COLLECTION + "/manifest")
async def manifest(request: Call, collection_id: FromPath[str]) -> Answer:
    """TAXII 2.1 §5.3."""
    door, reader = await _enter(request)
    query = _query(door, request)
    return await door.reading(_manifest, door, reader, collection_id, query)


@get(COLLECTION + "/objects")
async def objects(request: Call, collection_id: FromPath[str]) -> Answer:
    """TAXII 2.1 §5.4."""
    door, reader = await _enter(request)
    query = _query(door, request)
    return await door.reading(_objects, door, reader, collection_id, query)


@post(COLLECTION + "/objects", status_code=202)
async def add_objects(request: Call, collection_id: FromPath[str]) -> Answer:
    """TAXII 2.1 §5.5: take objects in; 202 with the status of each, once they are durable."""
    door, reader = await _enter(request)
    if not sendable(request.headers.get("content-type")):
        raise Refusal(UNSUPPORTED_TYPE)
    views = await door.reading(list_collections, door.node, reader)
    _named(views, collection_id)  # before a body is read, so that nobody sends one in vain
    limit = door.node.settings.max_content_length
    body = await read_body(request.stream(), request.headers.get("content-encoding", ""), limit_bytes=limit)
    return answers.answer(
        answers.status_of(await door.writing(submit_items, door.node, reader, collection_id, body)), status_code=202
    )


@get(OBJECT)
async def one_object(request: Call, collection_id: FromPath[str], object_id: FromPath[str]) -> Answer:
    """TAXII 2.1 §5.6."""
    door, reader = await _enter(request)
    query = _query(door, request, object_id)
    page = await door.reading(_one_object, door, reader, collection_id, query)
    if not page.objects:
        await _must_exist(door, reader, collection_id, object_id)
    return answers.object_page(page, query)


@delete(OBJECT, status_code=200)
async def delete_object(request: Call, collection_id: FromPath[str], object_id: FromPath[str]) -> Answer:
    """TAXII 2.1 §5.7: withdraw own submissions, all versions unless `match[version]` says which."""
    door, reader = await _enter(request)
    query = _query(door, request, object_id, versions=("all",))
    await door.writing(withdraw_submission, door.node, reader, collection_id, object_id, query)
    return answers.nothing()


@get(OBJECT + "/versions")
async def versions(request: Call, collection_id: FromPath[str], object_id: FromPath[str]) -> Answer:
    """TAXII 2.1 §5.8."""
    door, reader = await _enter(request)
    query = _query(door, request, object_id, versions=("all",))
    page = await door.reading(_versions, door, reader, collection_id, object_id, query)
    if not page.versions:
        await _must_exist(door, reader, collection_id, object_id)
    return answers.versions_page(page, query)


ROUTES = (
    discovery,
    api_root,
    status,
    collections,
    collection,
    manifest,
    objects,
    add_objects,
    one_object,
    delete_object,
    versions,
)


async def _enter(request: Call) -> tuple[Door, ReaderActor]:
    """Let a reader in: signed in first, so that a stranger learns nothing from any other refusal."""
    door: Door = request.app.state["door"]
    reader = await sign_in(door, request)
    if not acceptable(request.headers.get("accept")):
        raise Refusal(NOT_ACCEPTABLE)
    return door, reader


def _query(door: Door, request: Call, object_id: str = "", versions: tuple[str, ...] = ("last",)) -> ReadQuery:
    """Read the query string; on one object, filters by id and type mean nothing and are ignored."""
    query_string = request.scope["query_string"]
    query = read_query(query_string, page_limit=door.node.settings.page_limit, versions=versions)
    if not object_id:
        return query
    return ReadQuery(
        limit=query.limit,
        added_after_ms=query.added_after_ms,
        after=query.after,
        ids=(object_id,),
        versions=query.versions,
        spec_versions=query.spec_versions,
    )


# A page is put together where it is read: its thousand objects are then let go by the thread that holds them, and the
# loop has one text to send.
def _objects(door: Door, reader: ReaderActor, collection_id: str, query: ReadQuery) -> Answer:
    read = read_signed if query.signed else read_objects
    page = read(door.node, reader, collection_id, query)
    count_taxii_read(door.node, reader, collection_id, "objects", len(page.objects))
    return answers.object_page(page, query)


def _one_object(door: Door, reader: ReaderActor, collection_id: str, query: ReadQuery) -> ObjectPage:
    page = read_objects(door.node, reader, collection_id, query)
    count_taxii_read(door.node, reader, collection_id, "objects", len(page.objects))
    return page


def _versions(door: Door, reader: ReaderActor, collection_id: str, object_id: str, query: ReadQuery) -> VersionsPage:
    page = read_versions(door.node, reader, collection_id, object_id, query)
    count_taxii_read(door.node, reader, collection_id, "versions", len(page.versions))
    return page


def _manifest(door: Door, reader: ReaderActor, collection_id: str, query: ReadQuery) -> Answer:
    page = read_manifest(door.node, reader, collection_id, query)
    count_taxii_read(door.node, reader, collection_id, "manifest", len(page.entries))
    return answers.manifest_page(page, query)


async def _must_exist(door: Door, reader: ReaderActor, collection_id: str, object_id: str) -> None:
    """Raise NotFound unless the reader sees some version: only then is an empty page the right answer."""
    query = ReadQuery(limit=1, ids=(object_id,), versions=("all",))
    page = await door.reading(read_versions, door.node, reader, collection_id, object_id, query)
    if not page.versions:
        raise NotFound("no version of this object is visible")


def _named(views: tuple[CollectionView, ...], collection_id: str) -> CollectionView:
    for view in views:
        if view.id == collection_id:
            return view
    raise NotFound("no such collection for this reader")


def _title(door: Door) -> str:
    """Name the node by its party; an exercise says so everywhere."""
    title = door.node.settings.title
    return f"EXERCISE – {title}" if door.node.settings.exercise else title
