"""A sample organization and a sample API, for `tokenhouse demo`.

Owns an energy firm with people of three ranks, an API that a customer might have, protected by
the same verification as any other, an MQTT broker that asks as any other, and the start page with
commands to paste. Does not own any rule of the product: it uses the operations as a face does.
"""
