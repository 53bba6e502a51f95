"""The house rules, asked of the source itself. Each failure says why the rule is there and what to do instead."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from app.core.db.base import model_name
from app.core.flow.workflow import WORKFLOWS
from app.docs_generator import cited
from tests.plugins.domains import areas, domains

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"
TESTS = ROOT / "tests"

_BELOW_VIEWS = {
    "core", "models", "security", "query", "workflows", "reports", "imports", "printing", "operations", "screens",
    "rest",
}  # fmt: skip
_EVERYTHING = {*_BELOW_VIEWS, "views", "cli", "jobs", "demo", "docs_generator", "create_app"}
MAY_IMPORT = {
    "core": {"core"},
    "models": {"core", "models"},
    "operations": {"core", "operations"},
    "security": {"core", "models", "security"},
    "query": {"core", "models", "security", "query"},
    "workflows": {"core", "models", "security", "workflows"},
    "reports": {"core", "models", "security", "query", "reports"},
    "printing": {"core", "models", "security", "query", "printing"},
    "imports": {"core", "models", "security", "workflows", "imports"},
    "screens": {"core", "models", "security", "query", "workflows", "imports", "operations", "screens"},
    "rest": {"core", "models", "security", "query", "workflows", "screens", "rest"},
    "views": {*_BELOW_VIEWS, "views"},
    "cli": _EVERYTHING,
    "jobs": _EVERYTHING,
    "demo": _EVERYTHING,
    "docs_generator": _EVERYTHING,
    "__init__": _EVERYTHING,
}
# Engines serve every domain and know none: of the layers they may import, only these parts belong to no domain.
ENGINES = ("core", "query", "screens", "rest")
OF_NO_DOMAIN = re.compile(
    r"app\.(models\.(system\b|document)|imports\.engine\b"
    r"|workflows\.(system\b|forms|approval|document|from_fields|lines))"
)
MOST_FILES = 12
READ = (".py", ".js", ".css", ".html")
FUNDING_HOSTS = {"github.com", "opencollective.com", "tidelift.com"}  # the lock file tells whom to thank
LONGEST_FILE = 400
LONGEST_FUNCTION = 40
LONGEST_STORY = 80  # a test that tells a whole story is read from top to bottom
# Hosts that stand for no place a page or a tool could go to: ourselves, names of formats, names made for examples.
KNOWN_HOSTS = re.compile(
    r"^(127\.0\.0\.1|localhost|testserver|\[::1\]|0\.0\.0\.0"
    r"|www\.w3\.org|schemas\.(openxmlformats|microsoft)\.(org|com)|purl\.org"
    r"|([a-z0-9-]+\.)*(example|test|invalid)(\.(com|org|net))?)$"
)
UNWANTED_WORDS = {"util", "utils", "helper", "helpers", "manager", "data", "info"}
# Names others gave: Flask-AppBuilder's class, its file, and the roles of the firm.
GIVEN_NAMES = {"manager", "app_security_manager", "sales_manager", "product_manager"}


@cache
def python_files(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def layer_of(path: Path) -> str:
    return path.relative_to(APP).parts[0].removesuffix(".py")


def app_imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and layer of every import of our own code."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.module == "app":
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("app."):
            yield node.lineno, node.module.split(".")[1]
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield node.lineno, layer_of(path)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("app."):
                    yield node.lineno, alias.name.split(".")[1]


def own_modules(path: Path) -> Iterator[tuple[int, str]]:
    """Line and whole name of every module of ours that a file imports from."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("app."):
            yield node.lineno, node.module


def written_files() -> Iterator[Path]:
    """Everything people write here; not what tools bring or generate."""
    for pattern in ("app/**/*", "tests/**/*", "docs/**/*", "bin/*", ".ci/*", "*"):
        for path in ROOT.glob(pattern):
            if (
                path.is_file()
                and not {"vendor", "__pycache__"} & set(path.parts)
                and path.suffix not in (".pyc", ".xlsx")
            ):
                yield path


def called(node: ast.AST) -> str:
    """The last name of what is called: `session.commit()` → commit."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_imports_point_inwards_only() -> None:
    wrong = [
        f"{short(path)}:{line} imports app.{target}"
        for path in python_files(APP)
        for line, target in app_imports(path)
        if target not in MAY_IMPORT[layer_of(path)] and (path != APP / "__init__.py")
    ]
    assert not wrong, (
        "A layer knows only the layers inside it, so that each can be read and changed alone. Move what is shared "
        "inwards, or let the outer layer pass it in:\n" + "\n".join(wrong)
    )


def test_engines_know_no_domain() -> None:
    wrong = [
        f"{short(path)}:{line} imports {module}"
        for path in python_files(APP)
        if layer_of(path) in ENGINES
        for line, module in own_modules(path)
        if module.split(".")[1] in ("models", "workflows", "reports", "imports", "printing", "views")
        and len(module.split(".")) > 2
        and not OF_NO_DOMAIN.match(module)
    ]
    assert not wrong, (
        "An engine that knows one domain has to be opened for the next one. Let the domain declare what the engine "
        "asks: an attribute of its model or view, a line it registers:\n" + "\n".join(wrong)
    )


def test_no_view_imports_the_view_of_another_area() -> None:
    wrong = [
        f"{short(path)}:{line} imports {module}"
        for path in python_files(APP / "views")
        for line, module in own_modules(path)
        if module.startswith("app.views.") and module.split(".")[2] != path.relative_to(APP / "views").parts[0]
    ]
    assert not wrong, "Pages of two areas meet through the registry of views, not by import:\n" + "\n".join(wrong)


def test_no_folder_holds_more_files_than_one_can_overlook() -> None:
    wrong = [
        f"{folder.relative_to(ROOT)}: {count} files"
        for folder in sorted(path for root in (APP, TESTS) for path in (root, *root.rglob("*")) if path.is_dir())
        if not {"vendor", "__pycache__"} & set(folder.relative_to(ROOT).parts)
        if (count := sum(path.suffix in READ and path.name != "__init__.py" for path in folder.iterdir())) > MOST_FILES
    ]
    assert not wrong, "Split the folder by what changes together:\n" + "\n".join(wrong)


def test_only_the_unit_of_work_commits() -> None:
    wrong = [
        f"{short(path)}:{node.lineno}"
        for path in python_files(APP)
        if path != APP / "core" / "db" / "unit_of_work.py"
        for node in ast.walk(tree_of(path))
        if called(node) == "commit"
    ]
    assert not wrong, (
        "A commit in the middle leaves half a document behind. Write through the session and let in_unit_of_work() "
        "commit once:\n" + "\n".join(wrong)
    )


def test_views_hold_no_query_of_their_own() -> None:
    wrong = [
        f"{short(path)}:{node.lineno}"
        for path in (*python_files(APP / "views"), *python_files(APP / "screens"), *python_files(APP / "rest"))
        for node in ast.walk(tree_of(path))
        if called(node) in ("select", "text") and isinstance(node, ast.Call) and is_sql(node.func)
    ]
    assert not wrong, (
        "A query in a view goes around row visibility sooner or later. Put it into reports/<domain>.py, through "
        "visible():\n" + "\n".join(wrong)
    )


def is_sql(function: ast.expr) -> bool:
    """`select(…)` or `sa.select(…)`; a method of that name on something else is not meant."""
    if isinstance(function, ast.Attribute):
        return isinstance(function.value, ast.Name) and function.value.id in ("sa", "sqlalchemy")
    return getattr(function, "id", "") == "select"


def test_the_signed_in_user_is_read_in_one_place() -> None:
    allowed = {APP / "screens" / "web" / "current_actor.py", APP / "security" / "accounts" / "manager.py"}
    wrong = [
        f"{short(path)}:{node.lineno}"
        for path in python_files(APP)
        if path not in allowed
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr == "user" and isinstance(node.ctx, ast.Load)
        and isinstance(node.value, ast.Name) and node.value.id == "g"
    ]  # fmt: skip
    assert not wrong, (
        "Code that looks the person up in the request cannot be used by a job, an import or a test. Take `actor` as "
        "the last parameter; views ask current_actor():\n" + "\n".join(wrong)
    )


def test_no_file_is_longer_than_a_person_can_hold() -> None:
    wrong = [
        f"{short(path)}: {lines} lines"
        for path in written_files()
        if path.suffix in (".py", ".js", ".css", ".html")
        and (lines := len(path.read_text("utf-8").splitlines())) > LONGEST_FILE
    ]
    assert not wrong, "Long files are where models decay. Split by what changes together:\n" + "\n".join(wrong)


def test_no_function_is_longer_than_a_screen() -> None:
    wrong = [
        f"{short(path)}:{node.lineno} {node.name}: {length} lines"
        for folder, most in ((APP, LONGEST_FUNCTION), (TESTS, LONGEST_STORY))
        for path in python_files(folder)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > most
    ]
    assert not wrong, "A function does one thing. Give the parts names:\n" + "\n".join(wrong)


def test_every_workflow_has_a_page_in_the_docs() -> None:
    wrong = [model_name(model) for model in WORKFLOWS if not (ROOT / f"docs/workflows/{model_name(model)}.md").exists()]
    assert not wrong, "Run `make docs`: no page for " + ", ".join(wrong)


def test_every_step_of_every_workflow_is_taken_in_a_story() -> None:
    told = {
        node.value
        for area in sorted(areas())
        for path in python_files(TESTS / area)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    wrong = [
        f"{model_name(m)}.{action}" for m, flow in WORKFLOWS.items() for action in flow.steps if action not in told
    ]
    assert not wrong, (
        "A step nobody takes in a story is a step nobody has seen work. Tell one in tests/<area>/: " + ", ".join(wrong)
    )


def test_every_test_is_named_by_a_sentence() -> None:
    wrong = [
        f"{short(path)}:{node.lineno} {node.name}"
        for path, node in stories_of(TESTS)
        if len(node.name.removeprefix("test_").split("_")) < 4
    ]
    assert not wrong, (
        "A failing test is read by its name alone. Say in a sentence what holds: "
        "test_a_stale_form_is_refused_with_who_changed_it\n" + "\n".join(wrong)
    )


def test_every_story_cites_the_clause_it_tells() -> None:
    wrong = [
        f"{short(path)}:{node.lineno} {node.name}"
        for area in sorted(areas())
        for path, node in stories_of(TESTS / area)
        if path.stem.removeprefix("test_") in domains()
        if not cited(ast.get_docstring(node) or "")
    ]
    assert not wrong, (
        "A story is the proof of a clause of the manual. Begin its docstring with it: “Manual 8.7: …”\n"
        + "\n".join(wrong)
    )


def stories_of(folder: Path) -> Iterator[tuple[Path, ast.FunctionDef]]:
    for path in python_files(folder):
        for node in ast.walk(tree_of(path)):
            if path.name.startswith("test_") and isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield path, node


def test_names_say_what_a_thing_is() -> None:
    wrong = []
    for path in python_files(APP):
        names = [(1, path.stem)] + [
            (node.lineno, node.name)
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
        ]
        wrong += [f"{short(path)}:{line} {name}" for line, name in names if says_nothing(name)]
    assert not wrong, (
        "“util”, “helper”, “manager”, “data” and “info” fit everything and so name nothing. Say what it holds or "
        "does:\n" + "\n".join(wrong)
    )


def says_nothing(name: str) -> bool:
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return snake not in GIVEN_NAMES and bool(UNWANTED_WORDS & set(snake.split("_")))


def test_nothing_points_to_another_host() -> None:
    wrong = []
    for path in written_files():
        text = path.read_text("utf-8", errors="replace")
        for match in re.finditer(r"https?://([^\s/\"'<>{}\\)`:,;]+)", text):
            host = match[1].rpartition("@")[2].lower()
            known = KNOWN_HOSTS.match(host) or (path.name == "package-lock.json" and host in FUNDING_HOSTS)
            if host and not known and "%" not in host and "$" not in host:
                wrong.append(f"{short(path)}: {host}")
    assert not wrong, (
        "Pages load nothing from another host, and where packages come from is the machine's business, not the "
        "project's. Take the address out:\n" + "\n".join(sorted(set(wrong)))
    )


def test_nothing_names_a_place_of_one_machine() -> None:
    place = re.compile(r"(?<![\w.~-])/(?:work|root|home|Users)/\w")
    wrong = [short(path) for path in written_files() if place.search(path.read_text("utf-8", errors="replace"))]
    assert not wrong, "A path of one machine breaks on every other. Make it relative, or a setting:\n" + "\n".join(
        wrong
    )


def test_the_rules_themselves_tell_right_from_wrong() -> None:
    assert says_nothing("order_util")
    assert says_nothing("OrderHelper")
    assert not says_nothing("sales_manager")
    assert not says_nothing("database")
    assert is_sql(ast.parse("sa.select(x)", mode="eval").body.func)  # type: ignore[attr-defined]
    assert is_sql(ast.parse("select(x)", mode="eval").body.func)  # type: ignore[attr-defined]
    assert not is_sql(ast.parse("query.select(x)", mode="eval").body.func)  # type: ignore[attr-defined]
    assert KNOWN_HOSTS.match("www.w3.org")
    assert KNOWN_HOSTS.match("crm.example.com")
    assert not KNOWN_HOSTS.match("cdn.elsewhere.net")
    assert not KNOWN_HOSTS.match("www.w3.org.elsewhere.net")
