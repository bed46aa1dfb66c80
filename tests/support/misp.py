"""Events of MISP for tests: fictional, with a part of every kind."""

import json
from typing import Any

EVENT = "11111111-1111-4111-8111-111111111111"
ORGC = "22222222-2222-4222-8222-222222222222"
ADDRESS = "33333333-3333-4333-8333-333333333333"
LINK = "33333333-3333-4333-8333-333333333334"
FILE = "55555555-5555-4555-8555-555555555555"
MD5 = "66666666-6666-4666-8666-666666666666"
NAME = "66666666-6666-4666-8666-666666666667"
REPORT = "77777777-7777-4777-8777-777777777777"


def an_attribute(uuid: str = ADDRESS, **fields: Any) -> dict[str, Any]:
    """An address that is watched for."""
    plain = {
        "uuid": uuid, "type": "ip-dst", "category": "Network activity", "value": "198.51.100.7", "to_ids": True,
        "timestamp": "1700000001", "distribution": "5", "comment": "seen at Northwind Energy",
    }  # fmt: skip
    return plain | fields


def an_object(uuid: str = FILE, **fields: Any) -> dict[str, Any]:
    """A file, by its digest and its name."""
    plain = {
        "uuid": uuid, "name": "file", "meta-category": "file", "template_version": "17", "timestamp": "1700000002",
        "template_uuid": "688c46fb-5edb-40a3-8273-1af7923e2215", "distribution": "5",
        "Attribute": [
            {
                "uuid": MD5, "object_relation": "md5", "type": "md5", "category": "Payload delivery", "to_ids": True,
                "value": "d41d8cd98f00b204e9800998ecf8427e", "timestamp": "1700000002", "distribution": "5",
            },
            {
                "uuid": NAME, "object_relation": "filename", "type": "filename", "category": "Payload delivery",
                "value": "invoice.exe", "to_ids": True, "timestamp": "1700000002", "distribution": "5",
            },
        ],
    }  # fmt: skip
    return plain | fields


def a_report(uuid: str = REPORT, **fields: Any) -> dict[str, Any]:
    """What an analyst wrote on the event."""
    return {
        "uuid": uuid,
        "name": "Findings",
        "content": "# Findings",
        "timestamp": "1700000003",
        "distribution": "5",
    } | fields


def an_event(**fields: Any) -> dict[str, Any]:
    """An event of Freedonia with an address, a link, a file and a report; TLP:GREEN, for all communities."""
    plain = {
        "uuid": EVENT, "info": "Phishing at Northwind Energy", "date": "2031-01-01", "timestamp": "1700000005",
        "distribution": "3", "threat_level_id": "2", "analysis": "1", "published": False,
        "Orgc": {"uuid": ORGC, "name": "Freedonia CSIRT"},
        "Tag": [{"name": "tlp:green", "colour": "#339900"}],
        "Attribute": [an_attribute(), an_attribute(LINK, type="link", value="https://news.example/1", to_ids=False)],
        "Object": [an_object()],
        "EventReport": [a_report()],
    }  # fmt: skip
    return plain | fields


def written(event: dict[str, Any]) -> bytes:
    """The event as MISP writes it to a file."""
    return json.dumps({"Event": event}).encode()
