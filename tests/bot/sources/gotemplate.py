"""As much of Go's text/template as a webhook.yaml needs, with Keptn's `missingkey=error`.

https://pkg.go.dev/text/template
"""

import json
import re
from typing import Any

ACTION = re.compile(r"\{\{(.*?)\}\}")


class Missing(Exception):
    """Which member."""


def rendered(template: str, event: dict[str, Any]) -> str:
    dots, written, kept = [event], [True], [""]
    at = 0
    for match in ACTION.finditer(template):
        kept.append(template[at : match.start()] if written[-1] else "")
        at, action = match.end(), match[1].strip()
        if action == "end":
            dots.pop()
            written.pop()
        elif action.startswith("with "):
            found = value(action[5:], dots[-1]) if written[-1] else None
            dots.append(found)
            written.append(bool(found))
        elif written[-1]:
            kept.append(said(action, dots[-1]))
    return "".join(kept) + template[at:]


def said(action: str, dot: Any) -> str:
    if action.startswith('printf "%q" '):
        return json.dumps(value(action[12:], dot))
    found = value(action, dot)
    return f"{found:g}" if isinstance(found, float) else str(found)


def value(path: str, dot: Any) -> Any:
    if looked := re.fullmatch(r'index (\S+) "([^"]+)"', path):
        return value(looked[1], dot).get(looked[2])
    for name in path.split(".")[1:] if path != "." else []:
        if name not in dot:
            raise Missing(path)
        dot = dot[name]
    return dot
