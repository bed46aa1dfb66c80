"""Takes hints of peers: a signed-in party says that it has something new. It is no part of TAXII."""

from litestar import Request, post
from litestar.datastructures import State
from litestar.response import Response

from comity.desk.take_hint import take_hint
from comity.taxii.door import Door
from comity.taxii.signin import sign_in

PATH = "/hint"


@post(PATH, status_code=202)
async def hint(request: Request[None, None, State]) -> Response[bytes]:
    """Take a hint. Its body is not read: there is nothing that it could say."""
    door: Door = request.app.state["door"]
    reader = await sign_in(door, request)
    await door.writing(take_hint, door.node, reader)
    return Response(b"", status_code=202)


ROUTES = (hint,)
