"""Hints for names that are nearly right, wherever a program can name something."""

from __future__ import annotations

import pytest

from pydtrace.dif.compile import Source, compile_program
from pydtrace.errors import UserError
from pydtrace.options import Options
from pydtrace.providers.dtrace import Dtrace


class NoTypes:
    """A kernel whose types nobody knows."""

    def tagged(self, kind: str, tag: str, module: str = "") -> None:
        return None

    def typedef(self, name: str, module: str = "") -> None:
        return None

    def symbol(self, module: str, name: str) -> None:
        return None

    def enumerator(self, name: str) -> None:
        return None


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("BEGIN { trace(timestmp); }", "did you mean 'timestamp'?"),
        ("BEGIN { trace(SIGKIL); }", "did you mean 'SIGKILL'?"),
        ("BEGIN { trace(curcp); }", "did you mean 'curcpu'?"),
        ("BEGIN { self->foo = 1; trace(self->fop); }", "did you mean 'self->foo'?"),
        ("BEGIN { trace(strlne(probename)); }", "did you mean 'strlen'?"),
        ("BEGIN { @a = cout(); }", "did you mean 'count'?"),
        ("BEGIN { @calls = count(); clear(@cals); }", "did you mean '@calls'?"),
        ("struct s { int abc; }; BEGIN { trace(offsetof(struct s, abd)); }", "did you mean 'abc'?"),
        ("struct s { int abc; }; translator struct s < int T > { abd = T; };", "did you mean 'abc'?"),
        ("struct s { int a; int b; }; translator struct s < int T > { a = T; }; BEGIN { trace(xlate<struct s>(1).b); }", "it defines a"),
        ("BEGIN { trace($targt); }", "did you mean '$target'?"),
        ("#pragma D optoin quiet\nBEGIN {}", "did you mean 'option'?"),
        ("#pragma D option quite\nBEGIN {}", "did you mean 'quiet'?"),
        ("#prgma D option quiet\nBEGIN {}", "did you mean 'pragma'?"),
        ("BEGN {}", "did you mean ':::BEGIN'?"),
    ],
)
def test_near(text: str, hint: str) -> None:
    with pytest.raises(UserError) as caught:
        compile_program([Source(text, "script")], [Dtrace()], Options(), {"target": "1"}, [], NoTypes(), "process")
    assert caught.value.hint == hint
