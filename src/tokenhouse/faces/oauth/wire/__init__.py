"""How the token endpoint and what stands beside it are spelled (RFC 6749, 7009, 7662).

Owns forms in, JSON out, and the words of RFC 6749 for every refusal. Does not own what is done: the
files beside this folder say which operation a URL calls. Pure.
"""
