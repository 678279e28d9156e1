"""What runs inside of other programs and asks Tokenhouse there: our plugins for MQTT brokers.

Owns how such a program is kept from letting anybody in, or doing anything for him, that the
authority did not say yes to. Does not own who may: that is asked, over HTTP, as any broker asks.
Knows nothing of the server and loads none of it: it runs where only a client is installed.
"""
