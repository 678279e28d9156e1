"""Clients of each sort with a family of refresh tokens, at nodes whose clock is moved by hand."""

from typing import NamedTuple

from jumping import Node, Scene
from redeeming import Redeemer
from registered import register
from tokenhouse.core.credential import fingerprint


class App:
    """A client, secret or public, with a family of three: the last one was not redeemed."""

    def __init__(self, scene: Scene, *, public: bool = False, slides: bool = False) -> None:
        self._scene = scene
        self._at = register(scene.stage, public=public, slides=slides)
        self.texts = [Redeemer(scene.stage, self._at).sign_in()]
        for _ in range(2):
            given = self.present(scene.node, self.texts[-1])
            assert given is not None
            self.texts.append(given)

    @property
    def older(self) -> str:
        return self.texts[0]

    @property
    def consumed(self) -> str:
        return self.texts[1]

    @property
    def end(self) -> str:
        return self.texts[2]

    def present(self, node: Node, text: str) -> str | None:
        """What is given for it; None for `invalid_grant`."""
        return Redeemer(node, self._at).redeem(text)  # type: ignore[arg-type]

    def is_alive(self) -> bool:
        """Whether the family goes on, and then with one end alone."""
        found = [self._scene.stage.store.find(fingerprint(text)) for text in self.texts]
        assert all(one is not None for one in found), "nothing is lost"
        assert sum(one.token.superseded_at is None for one in found) == 1
        return all(one.standing.family_end is None for one in found)

    def goes_on(self, node: Node) -> None:
        """Nothing was lost: the same answer again, then the successor, and so on."""
        assert self.present(node, self.consumed) == self.end
        assert self.is_alive()
        for _ in range(2):
            given = self.present(node, self.texts[-1])
            assert given is not None
            self.texts.append(given)
        assert self.is_alive()


class Apps(NamedTuple):
    """One of each sort."""

    secret: App
    sliding: App
    public: App


def apps(scene: Scene) -> Apps:
    return Apps(App(scene), App(scene, slides=True), App(scene, public=True))
