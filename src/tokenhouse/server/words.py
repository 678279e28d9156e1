"""The last words to a peer that is cut off, where no application is asked any more."""

from http import HTTPStatus


def words(status: HTTPStatus, headers: list[tuple[bytes, bytes]]) -> bytes:
    """A whole answer that ends its connection, with these headers before its own."""
    body = b'{"title":"%s","status":%d}' % (status.phrase.encode(), status)
    listed = [
        *headers,
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"connection", b"close"),
    ]
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        listed.append((b"retry-after", b"1"))
    lines = [b"HTTP/1.1 %d %s" % (status, status.phrase.encode())]
    lines.extend(name + b": " + value for name, value in listed)
    return b"\r\n".join([*lines, b"", body])
