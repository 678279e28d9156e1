"""Signing keys, what seals them, and the hashing of passwords.

Owns every use of cryptography beyond a plain digest: JWTs (`keyring`), the making and sealing of
private keys (`keys`, `sealing`), the master key and its places (`master_key`, `places`), Argon2id
(`passwords`) and which passwords people may choose (`password_rule`). Does not own when a key
begins or ends to sign, which `operations.keys` decides, nor where its record is kept (`store`).
Private parts leave this package sealed or not at all.
"""
