"""TLS by a certificate and its key."""

import ssl
from pathlib import Path

from tokenhouse.core.refusal import Unavailable


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.2 or newer with this certificate; raises Unavailable where the two are not usable."""
    for file in (certificate, key):
        try:
            file.open("rb").close()
        except OSError as error:
            raise Unavailable(f"{file} cannot be read: {error.strerror}.") from None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    context.set_alpn_protocols(["http/1.1"])
    try:
        # An empty password, or OpenSSL asks for one at the terminal
        context.load_cert_chain(certificate, key, password="")
    except (ssl.SSLError, ValueError):
        raise Unavailable(
            f"{certificate} and {key} are not a certificate and its own key without a password, "
            "both in PEM."
        ) from None
    return context
