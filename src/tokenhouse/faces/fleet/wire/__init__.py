"""How users' and devices' tokens, and devices, are spelled in Spoke Zone's dialect.

Owns JSON in camel case, numbers for ids and for states, and our names of fields in its words. Does
not own what is done: the files beside this folder say which operation a URL calls. Pure.
"""
