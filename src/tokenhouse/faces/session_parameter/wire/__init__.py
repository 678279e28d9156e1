"""How the dialect is spelled: parameters in, result codes and payloads out.

Owns every form in which clients write names, moments and lists, and the table of result codes. Does
not own what is done: the files beside this folder say which operation a method calls. Pure.
"""
