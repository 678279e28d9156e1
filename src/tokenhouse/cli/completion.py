"""`tokenhouse completion`: what makes a shell complete commands and flags."""

import sys
from typing import Annotated, Literal

from cyclopts import App, Parameter

from tokenhouse.cli.flags import examples
from tokenhouse.cli.texts import completion as script

_EXAMPLES = examples(
    "tokenhouse completion bash \\",
    "  > ~/.local/share/bash-completion/completions/tokenhouse",
    "tokenhouse completion zsh > ~/.zfunc/_tokenhouse",
    "tokenhouse completion fish > ~/.config/fish/completions/tokenhouse.fish",
)

app = App(name="completion", help_epilogue=_EXAMPLES)


@app.default
def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], Parameter(help="The shell.")], /
) -> None:
    """Print a script that makes a shell complete commands and flags.

    Keep it where the shell looks for such scripts, and open a new shell. It asks nobody: neither
    this program nor a server runs while you type.
    """
    sys.stdout.write(script(shell))
