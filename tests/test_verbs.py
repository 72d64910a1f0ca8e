"""Every change is a verb: keyword-only, says who (`by=`), and writes an audit row inside its transaction."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import kaibo
from kaibo.audit.chain import ERASING
from kaibo.audit.models import AuditEvent
from kaibo.home.audit.fields import FIELDS
from kaibo.home.audit.values import UNTOLD
from kaibo.home.audit.words import VERBS
from kaibo.login.models import LinkKind

ROOT = Path(kaibo.__file__).parent
# made before there is anyone who could do it, or only ever done by the installation itself
WITHOUT_BY = {
    "kaibo.login.actions.make_owner",
    "kaibo.imports.actions.refuse_upload",
    "kaibo.imports.actions.hold_rows",
}
# the job that follows a batch writes down what it did as a whole
WITHOUT_AUDIT = {"kaibo.imports.actions.hold_rows"}


def action_modules() -> Iterator[str]:
    """kaibo.<app>.actions, and the files of those that are packages."""
    for path in sorted(ROOT.glob("*/actions.py")):
        yield f"kaibo.{path.parent.name}.actions"
    for path in sorted(ROOT.glob("*/actions/__init__.py")):
        package = f"kaibo.{path.parent.parent.name}.actions"
        yield from (f"{package}.{found.name}" for found in pkgutil.iter_modules([str(path.parent)]))


def exported(package: str) -> set[str]:
    """A package of verbs names its verbs in `__all__`; what else its files define are their parts."""
    return set(getattr(importlib.import_module(package), "__all__", ()))


def verbs() -> list[Callable[..., object]]:
    """Public functions defined in the action modules."""
    found = []
    for name in action_modules():
        module = importlib.import_module(name)
        package = name.rpartition(".")[0]
        only = exported(package) if package.endswith(".actions") else None
        for attribute, value in vars(module).items():
            if attribute.startswith("_") or not inspect.isfunction(inspect.unwrap(value)) or inspect.isclass(value):
                continue
            mine = inspect.unwrap(value).__module__ == name
            if mine and (only is None or attribute in only):
                found.append(value)
    return found


def named(verb: Callable[..., object]) -> str:
    function = inspect.unwrap(verb)
    return f"{function.__module__}.{function.__name__}"


def calls(function: ast.FunctionDef) -> set[str]:
    """The plain names a function calls."""
    found = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            target = node.func
            found.add(target.id if isinstance(target, ast.Name) else getattr(target, "attr", ""))
    return found


def functions_of(module: str) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(inspect.getsource(importlib.import_module(module)))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def reaches_record(verb: Callable[..., object]) -> bool:
    """Does it, or what it calls among the action modules, its own first, call `record`?"""
    function = inspect.unwrap(verb)
    todo, seen = [(function.__module__, function.__name__)], set()
    while todo:
        module, name = todo.pop()
        if name in ("record", "record_each"):
            return True
        places = [module] if name in KNOWN.get(module, {}) else [other for other in KNOWN if name in KNOWN[other]]
        for place in places:
            if (place, name) not in seen:
                seen.add((place, name))
                todo += [(place, called) for called in calls(KNOWN[place][name])]
    return False


KNOWN = {module: functions_of(module) for module in action_modules()}


def test_there_are_verbs():
    assert len(verbs()) > 25


@pytest.mark.parametrize("verb", verbs(), ids=named)
def test_a_verb_is_keyword_only_says_who_and_is_written_down(verb):
    parameters = inspect.signature(inspect.unwrap(verb)).parameters
    by_name = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD)
    assert all(p.kind in by_name for p in parameters.values()), "keyword-only, please"
    if named(verb) not in WITHOUT_BY:
        assert "by" in parameters
        assert parameters["by"].default is inspect.Parameter.empty
    assert named(verb) in WITHOUT_AUDIT or reaches_record(verb), "a verb calls audit.record.record"
    assert inspect.getdoc(inspect.unwrap(verb)), "say what it does"


# functions that say who, outside the action modules, and why they write no row themselves
TOLD_ELSEWHERE = {
    "kaibo.jobs.queue.enqueue": "the job is a row of its own that says who asked for it; stopping one is a verb",
    "kaibo.login.grants.give_role": "part of making a sign-in, whose verb writes the row",
    "kaibo.org.people_file.plan": "reads only: what an import would do; the import is a verb",
}


MODULES = {path.stem for path in ROOT.rglob("*.py")} | {"actions"}


def every_function() -> dict[str, list[tuple[str, ast.FunctionDef]]]:
    """Name → where it is and what it is, of every function on the top level of a module."""
    found: dict[str, list[tuple[str, ast.FunctionDef]]] = {}
    for path in sorted(ROOT.rglob("*.py")):
        place = path.relative_to(ROOT).with_suffix("").parts
        text = path.read_text(encoding="utf-8")
        if "tests" in place or "migrations" in place or "by:" not in text:
            continue
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef):
                found.setdefault(node.name, []).append((".".join(("kaibo", *place)), node))
    return found


def plainly_calls(function: ast.FunctionDef) -> set[str]:
    """What it calls by name, or as `module.name`: a method of a row or a queryset writes no audit row."""
    found = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.add(node.func.id)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            base = node.func.value
            found |= {node.func.attr} if isinstance(base, ast.Name) and base.id in MODULES else set()
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in MODULES:
            found.add(node.attr)
    return found


def test_whoever_says_who_writes_it_down_wherever_it_stands():
    known = every_function()

    def is_told(function: ast.FunctionDef, seen: set[str]) -> bool:
        names = plainly_calls(function)
        fresh = names - seen
        seen |= fresh
        return "record" in names or any(is_told(node, seen) for name in fresh for _place, node in known.get(name, []))

    public = [
        (f"{place}.{name}", node)
        for name, functions in known.items()
        for place, node in functions
        # the parts of the action modules' verbs are theirs
        if not name.startswith("_") and ".actions" not in place and any(one.arg == "by" for one in node.args.kwonlyargs)
    ]
    assert len(public) > 20
    silent = {name for name, node in public if not is_told(node, set())}
    assert silent - {"kaibo.audit.record.record"} == TOLD_ELSEWHERE.keys()


def literals(node: ast.expr) -> Iterator[str]:
    """What `verb=` may be: a text, one of two, or what the callers of the function hand it."""
    if isinstance(node, ast.Constant):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    elif isinstance(node, ast.Name) and node.id == "ERASING":
        yield ERASING
    elif isinstance(node, ast.JoinedStr):
        yield from (f"login.make_{kind}" for kind in LinkKind.values)


def written_verbs() -> set[str]:
    """Every verb that any module writes into the audit."""
    found, handed_on = set(), {"record": None}
    aside = {"tests", "migrations"}
    paths = [path for path in ROOT.rglob("*.py") if not aside & {*path.relative_to(ROOT).parts}]
    trees = [ast.parse(path.read_text()) for path in paths]
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and any(
                arg.arg == "verb" for arg in node.args.args + node.args.kwonlyargs
            ):
                names = [arg.arg for arg in node.args.args]
                handed_on.setdefault(node.name, names.index("verb") if "verb" in names else None)
    for tree in trees:
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name not in handed_on:
                continue
            told = [one.value for one in node.keywords if one.arg == "verb"]
            place = handed_on[name]
            told += [node.args[place]] if place is not None and place < len(node.args) else []
            found |= {text for one in told for text in literals(one)}
    return found


def test_every_verb_has_words_on_the_audit_page():
    """Those of former releases keep theirs: their rows are still there."""
    written = written_verbs()
    assert {"appoint", "confirm_shift", "join_sessions", "mapping switched off", "login.make_reset"} <= written
    assert written - VERBS.keys() == set()


# what `record` itself asks for
NO_VALUES = {"by", "verb", "target", "reason", "members", "each", None}


def written_values() -> set[str]:
    """What any module calls the values that it writes into the audit, and those of what was before."""
    found: set[str] = set()
    for path in ROOT.rglob("*.py"):
        if {"tests", "migrations"} & {*path.relative_to(ROOT).parts}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in WRITING:
                found |= {one.arg for one in node.keywords} - NO_VALUES
                for table in (one.value for one in node.keywords if isinstance(one.value, ast.Dict)):
                    found |= {key.value for key in table.keys if isinstance(key, ast.Constant)}
    return found


WRITING = ("record", "record_each")


def test_every_value_has_words_on_the_audit_page():
    """Or is left out there on purpose: numbers of rows, which tell a reader nothing."""
    written = written_values()
    assert {"account", "former", "scope", "why", "state"} <= written
    assert written - FIELDS.keys() - UNTOLD == set()


def test_a_change_that_fails_leaves_no_audit_row(cast):
    from django.core.exceptions import ValidationError

    from kaibo.org import actions

    before = AuditEvent.objects.count()
    with pytest.raises(ValidationError):
        actions.create_person(by=cast.owner, name="林晓彤")
    assert AuditEvent.objects.count() == before


def test_record_refuses_to_write_outside_a_transaction(transactional_db):
    from kaibo.audit.record import record
    from kaibo.org.models import Department

    with pytest.raises(RuntimeError):
        record(by=None, verb="x", target=Department(name="x"))
