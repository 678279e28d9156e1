"""A public URL has one spelling, and is either https or this machine's own."""

import pytest

from tokenhouse.core.public_url import parse_public_url


@pytest.mark.parametrize(
    ("text", "issuer"),
    [
        ("https://tokens.example.com", "https://tokens.example.com"),
        ("https://tokens.example.com/", "https://tokens.example.com"),
        ("HTTPS://Tokens.Example.COM", "https://tokens.example.com"),
        ("https://tokens.example.com:443", "https://tokens.example.com"),
        ("https://tokens.example.com:08443/", "https://tokens.example.com:8443"),
        ("https://tokens", "https://tokens"),
        ("https://192.0.2.7:8443", "https://192.0.2.7:8443"),
        ("https://[2001:DB8:0::1]", "https://[2001:db8::1]"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[0::1]:9000", "http://[::1]:9000"),
    ],
)
def test_an_address_has_one_form_however_it_is_written(text: str, issuer: str):
    assert parse_public_url(text) == issuer
    assert parse_public_url(issuer) == issuer


@pytest.mark.parametrize(
    "text",
    [
        *("", "tokens.example.com", "//tokens.example.com", "ftp://tokens.example.com"),
        *("https://", "https:///", "https://:443", "https://a:b@tokens.example.com"),
        *("https://hunter2@tokens.example.com", "https://tokens.example.com/path"),
        *("https://tokens.example.com//", "https://tokens.example.com?", "https://a.example#"),
        *("https://a.example?x=1", "https://a.example/#x", " https://a.example"),
        *("https://a.example\n", "https://a.exa mple", "https://a..example", "https://-a.example"),
        *("https://a.example.", "https://bücher.example", "https://a_b.example", "https://[::1"),
        *("https://[tokens]", "https://[::1]x", "https://256.1.1.1", "https://1.2", "https://1"),
        *("https://a.example:0", "https://a.example:65536", "https://a.example:", "https://a:1b"),
        *("https://a.example:٤٤٣", f"https://{'a' * 64}.example", f"https://{'a.' * 126}ab"),
        *("http://tokens.example.com", "http://127.0.0.2", "http://localhost.example.com"),
        *("http://0.0.0.0:8080", "http://[::]"),
    ],
)
def test_what_is_no_address_or_could_be_read_on_the_way_is_refused_and_not_repeated(text: str):
    with pytest.raises(ValueError, match=r"^(is not an address|needs https|names a port)") as fault:
        parse_public_url(text)
    assert "hunter2" not in str(fault.value)
