"""What documents and comments name is there: files of the tree, and pages that are linked."""

import re

from conftest import ROOT

TEXTS = [path for pattern in ("*.md", "Makefile", "docs/*.md", "docs/rules/*.md", "data/**/*", "include/*/*", "src/*/*", "tools/**/*", "tests/*/*.c",
                              "queries/*")
         for path in sorted(ROOT.glob(pattern)) if path.is_file() and path.suffix != ".pyc"]
PATH = re.compile(r"(?<![\w/.$}*-])(?:data|docs|include|queries|src|tests|tools)/[\w./-]*\w\.(?:awk|c|conf|css|def|h|html|js|json|ldif|md|py|sh|table)(?![\w.*-])")
LINK = re.compile(r"\]\(([^)\s#]+)[^)\s]*\)")
# What CONTRIBUTING.md shows how to add, any rule's page, any source.
SHOWN = {"docs/rules/ACC-99.md", "src/cli/cmd_count.c", "data/man/kcdaudit-count.1.md", "src/render/names.c", "ACC-14.md", "ACC-99.md", "docs/rules/ID.md", "src/x/y.c"}


def missing_of(page):
    text = page.read_text()
    missing = {name for name in PATH.findall(text) if not (ROOT / name).exists()}
    if page.suffix == ".md":
        missing |= {link for link in LINK.findall(text) if "://" not in link and not (page.parent / link).exists()}
    return missing - SHOWN


def test_what_is_named_is_there():
    assert len(TEXTS) > 700
    assert {str(page.relative_to(ROOT)): missing for page in TEXTS if (missing := missing_of(page))} == {}
