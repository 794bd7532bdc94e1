"""The views of a release as HTML: which there are, and what each template is told.

Whatever comes from pages is escaped by the templates or reaches the browser as data that becomes text nodes; there is
no inline script and no inline style, and the policy allows none.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.audit import figures, tallies
from pipeline.audit.account import Account, Deed
from pipeline.audit.archive import Archive
from pipeline.audit.judgements import Figure
from pipeline.audit.verdicts import Judgements
from pipeline.rule import Rule, Stage
from pipeline.stages import STAGES

if TYPE_CHECKING:
    from jinja2 import Environment

# A page from disk has no origin, so that 'self' means nothing to some browsers: there scripts and styles of its own
# kind are named as well. Nothing is ever fetched from a server, nothing is framed, no form leads anywhere.
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; object-src 'none'"
STATIC_POLICY = f"{_NOTHING}; script-src 'self' file:; style-src 'self' file:; img-src 'self' file:"
SERVER_POLICY = (
    f"{_NOTHING}; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-ancestors 'none'"
)
CODE = re.compile(r"[A-Z]{3}\d{3}")
_RULES: dict[str, tuple[Stage, Rule]] = {rule.code: (stage, rule) for stage in STAGES for rule in stage.rules}


class View(NamedTuple):
    """A view of the release: its name, its file, and the scripts that it needs."""

    name: str
    file: str
    scripts: tuple[str, ...] = ()


LIST = ("pieces", "lists")
VIEWS = (
    View("overview", "index.html"),
    View("rules", "rules.html"),
    View("pages", "pages.html", LIST),
    View("copies", "copies.html", LIST),
    View("set aside", "dropped.html", LIST),
    View("versions", "versions.html", LIST),
    View("provenance", "provenance.html"),
    View("judge", "judge.html", ("pieces", "judge", "cards")),
)
# Views that others lead to.
PAGE = View("page", "page.html", ("pieces", "judge", "page"))
PAIR = View("pair", "pair.html", ("pieces", "pair"))
RULE = View("rule", "rule.html", ("pieces", "judge", "cards"))


class Exhibit(NamedTuple):
    """All that is shown of a release."""

    archive: Archive
    account: Account
    parent: Account | None
    judged: Judgements
    figures: Mapping[str, Figure]
    seed: int = 1

    @property
    def label(self) -> str:
        """Name and version."""
        return f"{self.account.name} {self.account.version}"

    def codes(self) -> list[str]:
        """The rules of the release, those of this version of the code first; none that could not name a file."""
        found = [deed.rule for deed in self.account.deeds if CODE.fullmatch(deed.rule)]
        return list(dict.fromkeys([*_RULES, *found]))


@cache
def environment() -> "Environment":
    """The templates; everything that they are told is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("pipeline.audit", "html/templates"), autoescape=True, undefined=StrictUndefined
    )
    made.filters["rule_file"] = _rule_file
    made.filters |= {"number": lambda n: f"{n:,}", "share": lambda s: f"{s * 100:.1f} %"}
    return made


def _rule_file(code: str) -> str:
    """The file of a rule's page; a code that is none, in a release that no build made, has no page."""
    return f"rules/{code}.html" if CODE.fullmatch(code) else "rules.html"


def static_files() -> Iterator[tuple[str, bytes]]:
    """Scripts, styles and pictures that all views share."""
    for file in sorted(resources.files("pipeline.audit").joinpath("html/static").iterdir(), key=lambda f: f.name):
        yield file.name, file.read_bytes()


def rendered(exhibit: Exhibit, view: View, told: Mapping[str, Any], server: bool, root: str = "") -> str:
    """A view as HTML."""
    template = environment().get_template(view.file if view is not VIEWS[0] else "overview.html")
    return template.render(
        root=root, source="server" if server else "static", policy=STATIC_POLICY, label=exhibit.label, views=VIEWS,
        name=view.name, scripts=view.scripts, account=exhibit.account, parent=_parent(exhibit), **told,
    )  # fmt: skip


def _parent(exhibit: Exhibit) -> dict[str, str] | None:
    found = exhibit.parent
    return {"label": f"{found.name} {found.version}", "version": found.version} if found else None


def told(exhibit: Exhibit, view: View) -> dict[str, Any]:
    """What the template of a view is told, besides what all are."""
    tellers = {
        "overview": _overview, "rules": _rules, "pages": _pages, "copies": _copies, "set aside": _dropped,
        "versions": _versions, "provenance": _provenance,
    }  # fmt: skip
    return tellers[view.name](exhibit) if view.name in tellers else {}


def _overview(exhibit: Exhibit) -> dict[str, Any]:
    account = exhibit.account
    gone, put = _gone(account), _put(account)
    raw = account.chars + (account.documents - account.pages_with_documents) + gone - put
    stages: dict[str, int] = {}
    asides = {code for code, _ in account.dropped}
    dropped = [d for d in account.deeds if d.rule in asides]
    for deed in account.deeds:
        if deed.rule not in asides:
            stages[deed.stage] = stages.get(deed.stage, 0) + deed.gone
    losses = [figures.Loss(stage, n, "rules.html") for stage, n in stages.items() if n]
    losses += [figures.Loss(_name(d.rule), d.gone, "dropped.html") for d in dropped]
    reasons = [figures.Loss(reason, n, "dropped.html") for (_, reason), n in account.dropped.most_common()]
    now = {
        "pages": account.pages, "documents": account.documents, "pages set aside": sum(account.dropped.values()),
        "characters published": account.chars, "edits": sum(d.edits for d in account.deeds),
        "characters removed": gone, "characters put in": put,
    }  # fmt: skip
    before = exhibit.parent
    then = before and {
        "pages": before.pages, "documents": before.documents, "pages set aside": sum(before.dropped.values()),
        "characters published": before.chars, "edits": sum(d.edits for d in before.deeds),
        "characters removed": _gone(before), "characters put in": _put(before),
    }  # fmt: skip
    return {
        "description": exhibit.archive.manifest.get("description") or "",
        "raw_mb": f"{account.raw_bytes / 1e6:,.1f}",
        "aside": sum(account.dropped.values()), "edits": now["edits"], "put": put,
        "rules": len({d.rule for d in account.deeds if d.rule}),
        "chars_flow": figures.flow(raw, losses, account.chars),
        "pages_flow": figures.flow(account.pages, reasons, account.pages_with_documents),
        "against": [{"name": name, "now": n, "before": then[name]} for name, n in now.items()] if then else [],
    }  # fmt: skip


def _gone(account: Account) -> int:
    return sum(d.gone for d in account.deeds)


def _put(account: Account) -> int:
    return sum(d.put for d in account.deeds)


def _name(code: str) -> str:
    return _RULES[code][1].name if code in _RULES else code or "unread"


def _rules(exhibit: Exhibit) -> dict[str, Any]:
    most = max((d.gone for d in exhibit.account.deeds), default=0) or 1
    before = _before(exhibit)
    rows = []
    order = list(dict.fromkeys(deed.stage for deed in exhibit.account.deeds))
    for deed in exhibit.account.deeds:
        figure = exhibit.figures.get(deed.rule)
        rows.append({
            **deed._asdict(), "name": _name(deed.rule), "share": deed.gone / most, "place": order.index(deed.stage),
            "before": before.get(deed.rule, None if exhibit.parent is None else 0),
            "interval": figure.interval if figure else None,
        })  # fmt: skip
    found = {deed.rule for deed in exhibit.account.deeds}
    return {"rows": rows, "silent": [(code, _name(code)) for code in _RULES if code not in found]}


def _before(exhibit: Exhibit) -> dict[str, int]:
    out: dict[str, int] = {}
    for deed in exhibit.parent.deeds if exhibit.parent else ():
        out[deed.rule] = out.get(deed.rule, 0) + deed.edits
    return out


def rule(exhibit: Exhibit, code: str) -> dict[str, Any]:
    """What the page of a rule is told."""
    own = [d for d in exhibit.account.deeds if d.rule == code]
    deed = Deed(own[0].stage, code, *(sum(c) for c in zip(*(d[2:] for d in own), strict=True))) if own else None
    stage, manual = ("", "")
    if code in _RULES:
        stage, manual = _RULES[code][0].name, _RULES[code][1].manual
    before = _before(exhibit).get(code, 0) if exhibit.parent else None
    return {
        "code": code, "title": _name(code) if code in _RULES else "", "stage": stage or (deed.stage if deed else ""),
        "deed": deed, "before": before, "manual": list(_paragraphs(manual)),
    }  # fmt: skip


def _paragraphs(manual: str) -> Iterator[tuple[str, str | list[str]]]:
    for paragraph in re.split(r"\n\s*\n", manual):
        if paragraph.startswith("- "):
            yield "list", [re.sub(r"\s+", " ", item).replace("`", "") for item in paragraph[2:].split("\n- ")]
        elif paragraph.startswith((">>>", "    ", "```")):
            yield "code", paragraph.strip("`\n")
        elif paragraph:
            yield "text", re.sub(r"\s+", " ", paragraph).replace("`", "")


def _pages(exhibit: Exhibit) -> dict[str, Any]:
    found = sorted({d.rule for d in exhibit.account.deeds if d.rule})
    fields = [row["name"] for row in exhibit.archive.ask("select distinct name from fields order by name")]
    return {
        "codes": [(code, _name(code)) for code in found], "fields": fields, "sampled": 0,
        "pages": exhibit.account.pages,
    }  # fmt: skip


def _copies(exhibit: Exhibit) -> dict[str, Any]:
    (row,) = exhibit.archive.ask(
        """select count(*) filter (where rule = 'DUP101') as exact, count(*) filter (where rule <> 'DUP101') as near,
        count(distinct kept_page_id) as clusters from dropped where kept_page_id is not null"""
    )
    return {
        **row, "similarity": figures.histogram(tallies.similarities(exhibit.archive)),
        "sizes": figures.histogram(tallies.cluster_sizes(exhibit.archive)),
    }  # fmt: skip


def _dropped(exhibit: Exhibit) -> dict[str, Any]:
    counted = exhibit.account.dropped
    reasons = [{"rule": rule, "reason": reason, "pages": n} for (rule, reason), n in counted.most_common()]
    return {"aside": sum(counted.values()), "pages": exhibit.account.pages or 1, "reasons": reasons}


def _versions(exhibit: Exhibit) -> dict[str, Any]:
    if exhibit.parent is None:
        return {}
    sums: dict[str, list[int]] = {}
    for at, account in ((0, exhibit.parent), (2, exhibit.account)):
        for deed in account.deeds:
            row = sums.setdefault(deed.rule, [0, 0, 0, 0])
            row[at] += deed.edits
            row[at + 1] += deed.gone
    by_rule = [
        {"rule": code, "name": _name(code), "before": a, "gone_before": b, "now": c, "gone_now": d}
        for code, (a, b, c, d) in sorted(sums.items())
        if (a, b) != (c, d)
    ]
    found = tallies.difference(exhibit.archive)
    return {"difference": found, "by_rule": by_rule, "shown": min(found.changed, tallies.MOST_CHANGES)}


def _provenance(exhibit: Exhibit) -> dict[str, Any]:
    given = exhibit.archive.manifest
    facts = [
        ("name", given["name"]), ("version", given["version"]), ("licence", given.get("licence") or "none stated"),
        ("digest of the release", given["digest"]), ("code", given["code_version"]),
        ("digest of the configuration", given["configuration"]["digest"]),
        ("pages read", f"{given['counts']['pages']:,}"), ("bytes read", f"{given['counts']['raw_bytes']:,}"),
    ]  # fmt: skip
    configuration = {k: v for k, v in given["configuration"].items() if k != "digest"}
    files = [{"name": name, "rows": None, **file} for name, file in sorted(given["files"].items())]
    return {
        "facts": facts, "configuration": list(tallies.flattened(configuration)), "files": files,
        "libraries": list(tallies.flattened(given["lock"])), "inputs": given["inputs"],
    }  # fmt: skip


def meta(exhibit: Exhibit, directory: Mapping[str, Any], judge: str = "") -> dict[str, Any]:
    """What scripts must know of a release before they ask for more."""
    return {
        "label": exhibit.label, "digest": exhibit.archive.digest, "header": exhibit.judged.header, "judge": judge,
        "rules": {code: _name(code) if code in _RULES else "" for code in exhibit.codes()}, "directory": directory,
    }  # fmt: skip
