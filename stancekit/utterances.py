import re
from dataclasses import dataclass
from typing import Literal
from stancekit.document import Document, Span
@dataclass(frozen=True, slots=True)
class RawUtterance:
    content: tuple[Span, ...]
    source: Span | None
    cue: Span | None
    kind: Literal["direct", "indirect", "mixed"]
def find_utterances(document):
    out=[]
    for m in re.finditer(r'("[^"\n]+"|“[^”\n]+”),? (?:the )?(\w+) (said)|([A-Z]\w+) (said) ([^.\n]+)', document.text):
        if m[1]: out.append(RawUtterance((Span(*m.span(1)),), Span(*m.span(2)), Span(*m.span(3)), "direct"))
        else: out.append(RawUtterance((Span(*m.span(6)),), Span(*m.span(4)), Span(*m.span(5)), "indirect"))
    return tuple(out), ()
