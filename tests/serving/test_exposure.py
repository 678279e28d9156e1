"""Where a server may listen: what it refuses, and what it says is missing."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tokenhouse.config import Address, Misconfigured, Settings, read
from tokenhouse.serving.exposure import refuse_exposure, refuse_other_url, tls_files

PUBLIC = "https://tokens.example"
LOCAL = "http://localhost:8080"
TLS = Settings(tls_certificate=Path("c"), tls_key=Path("k"))
PROXY = read({"trusted_proxies": "10.0.0.0/8"}, {}).settings
EVERYWHERE = (Address("0.0.0.0", 443), Address("::", 443), Address("192.0.2.1", 8080))


def refusal(settings: Settings, issuer: str | None = None) -> str:
    with pytest.raises(Misconfigured) as raised:
        refuse_exposure(settings, issuer)
    return str(raised.value)


@pytest.mark.parametrize("listen", [Address("127.0.0.1", 1), Address("::1", 1)])
@pytest.mark.parametrize("issuer", [None, LOCAL, PUBLIC])
def test_on_this_machine_alone_nothing_is_asked_for(listen, issuer):
    refuse_exposure(Settings(listen=listen), issuer)
    refuse_exposure(replace(TLS, listen=listen), None if issuer == LOCAL else issuer)


@pytest.mark.parametrize("listen", EVERYWHERE, ids=str)
def test_beyond_this_machine_a_public_url_and_tls_are_wanted_and_named(listen):
    told = refusal(Settings(listen=listen))
    for wanted in (str(listen), "public_url", "tls_certificate and tls_key", "trusted_proxies"):
        assert wanted in told


@pytest.mark.parametrize("listen", EVERYWHERE, ids=str)
@pytest.mark.parametrize("settings", [TLS, PROXY])
def test_with_tls_or_a_proxy_the_public_url_is_still_wanted(listen, settings):
    told = refusal(replace(settings, listen=listen))
    assert "public_url" in told
    assert "trusted_proxies" not in told


@pytest.mark.parametrize("listen", EVERYWHERE, ids=str)
def test_a_public_url_alone_is_not_enough(listen):
    told = refusal(Settings(listen=listen, public_url=PUBLIC))
    assert "trusted_proxies" in told
    assert "public_url" not in told
    assert "trusted_proxies" in refusal(Settings(listen=listen), PUBLIC)


@pytest.mark.parametrize("listen", EVERYWHERE, ids=str)
def test_a_deployment_of_this_machine_is_not_shown_to_others(listen):
    assert f"has {LOCAL}" in refusal(replace(PROXY, listen=listen), LOCAL)
    assert f"has {LOCAL}" in refusal(replace(PROXY, listen=listen, public_url=LOCAL))


@pytest.mark.parametrize("listen", EVERYWHERE, ids=str)
@pytest.mark.parametrize("settings", [TLS, PROXY])
def test_with_everything_it_may_listen_anywhere(listen, settings):
    refuse_exposure(replace(settings, listen=listen, public_url=PUBLIC), None)
    refuse_exposure(replace(settings, listen=listen), PUBLIC)


def test_an_address_without_a_name_of_its_own_needs_a_public_url():
    assert "public_url" in refusal(Settings(listen=Address("127.0.0.2", 1)))
    refuse_exposure(Settings(listen=Address("127.0.0.2", 1)), PUBLIC)


def test_tls_is_whole_or_not_at_all():
    assert tls_files(Settings()) is None
    assert tls_files(TLS) == (Path("c"), Path("k"))
    for half, missing in (
        (replace(TLS, tls_key=None), "tls_key is missing"),
        (replace(TLS, tls_certificate=None), "tls_certificate is missing"),
    ):
        with pytest.raises(Misconfigured, match=missing):
            tls_files(half)


def test_tls_under_an_address_without_it_is_refused():
    assert LOCAL in refusal(TLS, LOCAL)
    assert LOCAL in refusal(replace(TLS, public_url=LOCAL))


def test_another_public_url_than_the_deployments_is_refused_with_both():
    refuse_other_url(Settings(), PUBLIC)
    refuse_other_url(Settings(public_url=PUBLIC), PUBLIC)
    with pytest.raises(Misconfigured, match=r"https://other\.example.*https://tokens\.example"):
        refuse_other_url(Settings(public_url="https://other.example"), PUBLIC)
