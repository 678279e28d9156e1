"""jahia-pylastic: signs in over TLS with a password, asks with the session, and signs out."""

import json
import sys

from pylastic import Jelastic


def main(host: str, login: str, password: str, token: str) -> dict[str, object]:
    person = Jelastic(host, login, password)
    told: dict[str, object] = {"session": str(person.signIn())[:4], "login": person.login}
    told["uid"] = person.uid
    told["status"] = person.envControlGetEnvInfo("my-project")["env"]["status"]
    told["again"] = person.signIn() == person.session
    told["signed_out"] = person.signOut()
    holder = Jelastic(host, token=token)
    told["by_token"] = holder.usersAccountGetUserInfo()["email"]
    return told


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
