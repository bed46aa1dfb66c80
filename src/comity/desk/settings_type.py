"""Says which settings a node has, what each means, and what holds when nothing is said.

A setting's description is the text of the settings reference; every field has one *(tested)*.
"""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

PartyKind: TypeAlias = Literal["state", "authority", "company", "organisation"]
DefaultTlp: TypeAlias = Literal["green", "amber", "amber+strict", "red"]
NoticeLevel: TypeAlias = Literal["clear", "green", "amber", "amber+strict"]
LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]

MIB = 1024 * 1024


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `node.toml` says."""

    version: Annotated[Literal[1], Meta(description="Version of this file's form.")] = 1
    party: Annotated[
        str,
        Meta(
            description="Short name of the party whose node this is: its title in lower case with hyphens.",
            pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$",
            max_length=80,
        ),
    ]
    title: Annotated[str, Meta(description="Name of the party as people write it.", min_length=1, max_length=200)]
    kind: Annotated[
        PartyKind, Meta(description="What the party is: `state`, `authority`, `company` or `organisation`.")
    ]
    acts_for: Annotated[
        str, Meta(description="Short name of the state an authority acts for; empty for all others.", max_length=80)
    ] = ""
    log_origin: Annotated[
        str,
        Meta(
            description=(
                "Name of the node's first log, `<party>/comity/<number or year>`; written by `node init`. "
                "Never change it: a log that is given up is followed by one of the next number."
            ),
            pattern=r"^$|^[a-z0-9]+(-[a-z0-9]+)*/comity/[1-9][0-9]{0,3}$",
        ),
    ] = ""
    exercise: Annotated[
        bool, Meta(description="Whether this is an exercise node. Live and exercise nodes never mix; never change it.")
    ] = False
    db: Annotated[
        str,
        Meta(
            description=(
                "Where the records are kept: empty for SQLite in the node's folder, or `postgresql://user@host/name`."
            ),
            pattern=r"^$|^postgres(ql)?://",
        ),
    ] = ""
    host: Annotated[str, Meta(description="Address on which the server listens.", min_length=1)] = "127.0.0.1"
    port: Annotated[
        int, Meta(description="Port on which the server listens; 0 takes any free one.", ge=0, le=65535)
    ] = 8700
    public_url: Annotated[
        str,
        Meta(
            description="Address under which readers reach this node, if a proxy stands before it; empty: as served.",
            pattern=r"^$|^https?://[^\s/]+(/[^\s]*)?$",
        ),
    ] = ""
    tls_certificate: Annotated[
        str, Meta(description="File with the TLS certificate chain (PEM); empty: no TLS. Relative to the folder.")
    ] = ""
    tls_key: Annotated[str, Meta(description="File with the private key of the certificate (PEM).")] = ""
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(description="Addresses or networks of proxies whose forwarding headers are believed; none by default."),
    ] = ()
    page_limit: Annotated[int, Meta(description="Most objects on one TAXII page.", ge=1, le=10_000)] = 1000
    page_bytes: Annotated[
        int, Meta(description="Most bytes of objects on one TAXII page.", ge=64 * 1024, le=256 * MIB)
    ] = 16 * MIB
    max_content_length: Annotated[
        int, Meta(description="Most bytes of one TAXII request (the API root says so).", ge=1024, le=1024 * MIB)
    ] = 8 * MIB
    max_object_bytes: Annotated[
        int, Meta(description="Most bytes of one object from the network; a larger one is quarantined.", ge=1024)
    ] = 1 * MIB
    max_objects_per_request: Annotated[
        int, Meta(description="Most objects in one TAXII submission.", ge=1, le=1_000_000)
    ] = 10_000
    file_max_object_bytes: Annotated[
        int, Meta(description="Most bytes of one object from a file; a larger one is quarantined.", ge=1024)
    ] = 16 * MIB
    file_max_bytes: Annotated[int, Meta(description="Most bytes of one imported file.", ge=1024)] = 16 * 1024 * MIB
    quarantine_cap_bytes: Annotated[
        int, Meta(description="Most bytes the quarantine keeps; beyond it only the reason is kept.", ge=0)
    ] = 256 * MIB
    status_kept_h: Annotated[
        int, Meta(description="Hours for which the status of a TAXII submission can be asked.", ge=1, le=8760)
    ] = 24
    default_tlp: Annotated[DefaultTlp, Meta(description="Level of own objects that carry no marking; never clear.")] = (
        "amber"
    )
    classification_ceiling: Annotated[
        int,
        Meta(
            description=(
                "Highest classification this node is accredited for: 0 unclassified, 1 restricted, 2 confidential, "
                "3 secret, 4 top secret. Higher intake is refused and its content not kept."
            ),
            ge=0,
            le=4,
        ),
    ] = 0
    grant_alone_up_to: Annotated[
        Literal["clear", "green", "amber", "amber+strict", "red"],
        Meta(description="Highest level of own items up to which one person may grant a release alone."),
    ] = "green"
    audit_reads_from: Annotated[
        Literal["clear", "green", "amber", "amber+strict", "red"],
        Meta(
            description=(
                "Lowest level of items whose reading is noted in the audit; personal and classified ones always are."
            )
        ),
    ] = "amber"
    audit_reads_kept_days: Annotated[
        int,
        Meta(
            description="Days for which the audit keeps what was read; what was done stays. 0: for ever.",
            ge=0,
            le=36_500,
        ),
    ] = 730
    recovery_delay_h: Annotated[
        int,
        Meta(
            description="Hours between the second administrator's word and the code that recovers an account.",
            ge=1,
            le=720,
        ),
    ] = 24
    login_attempts_per_minute: Annotated[
        int, Meta(description="Failed sign-ins a minute from one address before it must wait.", ge=1, le=10_000)
    ] = 30
    outbound_networks: Annotated[
        tuple[str, ...],
        Meta(
            description=(
                "Networks that the node may call besides public addresses, as `10.1.0.0/16`; without TLS only those."
            )
        ),
    ] = ()
    outbound_ca: Annotated[
        str,
        Meta(description="File with the certificates (PEM) that peers are trusted by; empty: the system's own."),
    ] = ""
    sync_every_s: Annotated[
        int, Meta(description="Seconds between two readings of each peer; 0: only when told to.", ge=0, le=86_400)
    ] = 60
    mail_server: Annotated[
        str,
        Meta(
            description=(
                "Mailbox that is looked into for mails, `imaps://host`; empty: none. `imap://` is for listed networks."
            ),
            pattern=r"^$|^imaps?://[^\s/@]+$",
        ),
    ] = ""
    mail_user: Annotated[str, Meta(description="User of the mailbox.", max_length=200)] = ""
    mail_password_file: Annotated[
        str, Meta(description="File that holds the password of the mailbox alone. Relative to the folder.")
    ] = "keys/mail-password"  # noqa: S105  # where it is, not what
    mail_folder: Annotated[str, Meta(description="Folder of the mailbox.", min_length=1, max_length=200)] = "INBOX"
    mail_every_s: Annotated[
        int, Meta(description="Seconds between two looks into the mailbox while the node is served.", ge=10, le=86_400)
    ] = 300
    notice_mail_server: Annotated[
        str,
        Meta(
            description=(
                "Server that takes the mails by which people are told what needs them: `smtp://host` (STARTTLS), "
                "`smtps://host` (TLS from the start), `smtp-clear://host` (listed networks only); empty: no mail."
            ),
            pattern=r"^$|^(smtps?|smtp-clear)://[^\s/@]+$",
        ),
    ] = ""
    notice_mail_from: Annotated[
        str, Meta(description="Address that these mails come from, `desk@csirt.example`.", max_length=254)
    ] = ""
    notice_mail_user: Annotated[str, Meta(description="User at that server; empty: no login.", max_length=200)] = ""
    notice_mail_password_file: Annotated[
        str, Meta(description="File that holds the password at that server alone. Relative to the folder.")
    ] = "keys/notice-mail-password"  # noqa: S105  # where it is, not what
    notice_plain_level: Annotated[
        NoticeLevel,
        Meta(
            description=(
                "Highest level that a notice in plain mail may carry. What this node says of its own work is of "
                "`default_tlp`; below that a notice names its kind, and no more."
            )
        ),
    ] = "clear"
    notice_webhook_level: Annotated[
        NoticeLevel, Meta(description="Highest level that a notice to a webhook may carry.")
    ] = "clear"
    notice_sealed_level: Annotated[
        NoticeLevel, Meta(description="Highest level that a notice in mail encrypted by OpenPGP may carry.")
    ] = "amber+strict"
    notice_every_s: Annotated[
        int,
        Meta(description="Seconds between two looks at what needs people, while the node is served.", ge=1, le=86_400),
    ] = 30
    log_level: Annotated[
        LogLevel, Meta(description="Least severe log line written: `debug`, `info`, `warning` or `error`.")
    ] = "info"
