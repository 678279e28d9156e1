"""The pure rules: what a token is, when it is good, how one succeeds another.

Owns the records, the judgement and the succession of tokens. Does not own where records come
from or how an answer is spelled: no clock, no randomness, no I/O, no logging lives here, and a
moment is always an argument. Its neighbours are `kinds`, which describe each sort of token in
these terms, and `operations`, which fetch records, ask these rules and commit what they say.
"""
