"""The headers of every answer."""

from __future__ import annotations

from flask import Flask, Response, current_app, request

CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "frame-src 'none'",
        "object-src 'none'",
    )
)
ALWAYS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
    "X-Robots-Tag": "noindex, nofollow",
}
A_YEAR = 365 * 24 * 60 * 60


def init(app: Flask) -> None:
    app.after_request(_add)


def _add(response: Response) -> Response:
    response.headers.update(ALWAYS)
    response.headers["Cache-Control"] = _caching(response)
    if request.is_secure or current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = f"max-age={A_YEAR}; includeSubDomains"
    return response


def _caching(response: Response) -> str:
    """Nothing of a record stays in a browser. An asset does, when its address holds its version."""
    if request.endpoint != "static" or response.status_code not in (200, 206, 304):
        return "no-store"
    return f"public, max-age={A_YEAR}, immutable" if "v" in request.args else "no-cache"
