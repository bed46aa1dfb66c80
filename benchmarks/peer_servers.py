"""Serves OpenTAXII or medallion on loopback: run with the interpreter of `.venv-bench`, knows nothing of Comity.

    python peer_servers.py opentaxii|medallion FOLDER

Both are served by Werkzeug with kept connections and one process, each as its own start command does.
"""

# ruff: noqa: PLC0415 - each server's packages are loaded only where that server is meant
import json
import os
import socket
import sys
from pathlib import Path

API_ROOT, COLLECTION = "root", "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
USER, PASSWORD = "bench", "bench-password"


def opentaxii(folder: Path):
    """Build OpenTAXII on SQLite with one public collection, and without TAXII 1.

    Version 0.9.3 answers 500 after it has stored a POST, because its JSON encoder does not know a date: it gets
    `default=str`, so that its figure is that of a whole answer.
    """
    config = folder / "opentaxii.yml"
    config.write_text(
        f"""
domain: "127.0.0.1"
support_basic_auth: yes
auth_api:
  class: opentaxii.auth.sqldb.SQLDatabaseAPI
  parameters:
    db_connection: sqlite:///{folder}/auth.db
    create_tables: yes
    secret: bench
taxii1:
taxii2:
  title: "bench"
  public_discovery: true
  max_content_length: 134217728
  persistence_api:
    class: opentaxii.persistence.sqldb.Taxii2SQLDatabaseAPI
    parameters:
      db_connection: sqlite:///{folder}/data.db
      create_tables: yes
logging:
  opentaxii: error
  root: error
"""
    )
    os.environ["OPENTAXII_CONFIG"] = str(config)
    from opentaxii.config import ServerConfig
    from opentaxii.middleware import create_app
    from opentaxii.server import TAXIIServer
    from opentaxii.taxii2 import http

    class Encoder:
        @staticmethod
        def dumps(data):
            return json.dumps(data, default=str)

    http.json = Encoder
    app = create_app(TAXIIServer(ServerConfig()))
    with app.app_context():
        api = app.taxii_server.servers.taxii2.persistence.api
        root = api.add_api_root(title="bench", default=True, is_public=True)
        collection = api.add_collection(api_root_id=root.id, title="bench", is_public=True, is_public_write=True)
    return app, f"/taxii2/{root.id}/collections/{collection.id}/objects/"


def medallion(folder: Path):
    """Build medallion with its memory backend and one collection."""
    data = {
        "discovery": {"title": "bench", "default": f"/{API_ROOT}/", "api_roots": [f"/{API_ROOT}/"]},
        API_ROOT: {
            "information": {
                "title": "bench",
                "versions": ["application/taxii+json;version=2.1"],
                "max_content_length": 134217728,
            },
            "status": [],
            "collections": [
                {
                    "id": COLLECTION,
                    "title": "bench",
                    "can_read": True,
                    "can_write": True,
                    "media_types": ["application/stix+json;version=2.1"],
                    "objects": [],
                    "manifest": [],
                }
            ],
        },
    }
    (folder / "medallion.json").write_text(json.dumps(data))
    from medallion import application_instance, register_blueprints, set_config

    configuration = {
        "users": {USER: PASSWORD},
        "taxii": {"max_page_size": 1000},
        "backend": {
            "module_class": "MemoryBackend",
            "module": "medallion.backends.memory_backend",
            "filename": str(folder / "medallion.json"),
            "session_timeout": 3600,
        },
    }
    for part in ("users", "taxii", "backend"):
        set_config(application_instance, part, configuration)
    register_blueprints(application_instance)
    return application_instance, f"/{API_ROOT}/collections/{COLLECTION}/objects/"


def main() -> None:
    """Serve until ended."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_request(self, *_):
            pass

    app, path = {"opentaxii": opentaxii, "medallion": medallion}[sys.argv[1]](Path(sys.argv[2]))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
    print(json.dumps({"serving": f"http://127.0.0.1:{port}{path}"}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
