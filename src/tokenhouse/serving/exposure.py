"""Whether a server may listen where it is asked to, and what is missing if not. Pure."""

from pathlib import Path
from typing import Final

from tokenhouse.config import Misconfigured, Settings

NAMED_LOCALHOST: Final = frozenset({"127.0.0.1", "::1"})
"""The addresses that every machine calls localhost."""


def tls_files(settings: Settings) -> tuple[Path, Path] | None:
    """The certificate and its key; None without TLS. Raises Misconfigured for half of it."""
    certificate, key = settings.tls_certificate, settings.tls_key
    if certificate is not None and key is not None:
        return certificate, key
    if certificate is None and key is None:
        return None
    missing = "tls_key" if key is None else "tls_certificate"
    raise Misconfigured(f"TLS takes a certificate and its key: {missing} is missing.")


def refuse_exposure(settings: Settings, issuer: str | None) -> None:
    """Raise Misconfigured unless strangers could only reach us in the way that is promised.

    `issuer` is the public URL of the deployment, None before it was set up.
    """
    files = tls_files(settings)
    public = issuer or settings.public_url
    if files is not None and public is not None and public.startswith("http://"):
        raise Misconfigured(
            f"The public URL is {public}, so clients will not speak TLS: leave out tls_certificate "
            f"and tls_key{'' if issuer else ', or give an https:// public_url'}."
        )
    if settings.listen.is_loopback:
        if public is None and settings.listen.host not in NAMED_LOCALHOST:
            raise Misconfigured(
                f"Listening on {settings.listen} needs a public_url: only 127.0.0.1 and [::1] have "
                "one by themselves, http://localhost."
            )
        return
    wanted = []
    if public is None:
        wanted.append("public_url, such as https://tokens.example.com")
    elif not public.startswith("https://"):
        wanted.append(f"a public URL that begins with https://, where this deployment has {public}")
    if files is None and not settings.trusted_proxies:
        wanted.append(
            "either tls_certificate and tls_key, or trusted_proxies with the network of the proxy "
            "that does TLS"
        )
    if wanted:
        raise Misconfigured(
            f"Listening on {settings.listen}, it can be reached from elsewhere, and that needs "
            f"{'; and '.join(wanted)}."
        )


def refuse_other_url(settings: Settings, issuer: str) -> None:
    """Raise Misconfigured for a public URL that is not the one fixed at the start."""
    if settings.public_url not in (None, issuer):
        raise Misconfigured(
            f"public_url is {settings.public_url}, but this deployment was set up as {issuer}: "
            "its tokens name that address, so it stays. Leave public_url out, or set up another "
            "deployment."
        )
