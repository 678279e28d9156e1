"""How the dialect is spelled: parameters in, result codes and payloads out. Pure."""
