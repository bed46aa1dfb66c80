"""Types `comity` commands for one node in one process: starting one costs more than most commands.

    python demo/commands.py FOLDER

Each line read is a JSON list of commands, each a list of words. The line written answers it: what each command said as
JSON, up to the first that is refused, and what that one said in words.
"""

import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, StringIO, TextIOWrapper
from typing import Any

from comity.cli.main import run


def main() -> int:
    """Answer line by line until there are no more."""
    for line in sys.stdin:
        print(json.dumps(_typed(json.loads(line))), flush=True)
    return 0


def _typed(commands: list[list[str]]) -> dict[str, Any]:
    answers: list[Any] = []
    for words in commands:
        out, err = TextIOWrapper(BytesIO(), encoding="utf-8"), StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run(["--node", sys.argv[1], "--json", *words])
        if code != 0:
            return {"answers": answers, "refused": f"comity {' '.join(words)}: {err.getvalue().strip()}"}
        out.seek(0)
        answers.append(json.loads(out.read().splitlines()[-1]))  # reports of progress come before the answer
    return {"answers": answers, "refused": None}


if __name__ == "__main__":
    sys.exit(main())
