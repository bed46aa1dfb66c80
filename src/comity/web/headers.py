"""Says which headers every page has: nothing runs, loads or frames it but what the node itself serves.

Trust design §3: no inline script or style, no request to anybody else, no referrer, no sharing of the window.
"""

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
_FEATURES = "publickey-credentials-get=(self), publickey-credentials-create=(self)"
_CLOSED = "camera geolocation microphone payment usb display-capture midi serial".split()

ALWAYS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", ", ".join([_FEATURES, *(f"{name}=()" for name in _CLOSED)]).encode()),
    (b"cache-control", b"no-store"),
    (b"x-frame-options", b"DENY"),
)
HTML = "text/html"
STRICT_TRANSPORT = ("strict-transport-security", "max-age=31536000")
FOR_EVER = "public, max-age=31536000, immutable"
