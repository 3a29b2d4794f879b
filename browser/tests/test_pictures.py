"""The pages of docs/ and their pictures: none is missing, none is left over."""

import re
from pathlib import Path

import pytest

from browser import pictures

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), *ROOT.glob("*.md")])
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")
MOST = 1_500_000  # bytes of all pictures


def named() -> list[tuple[Path, str, Path]]:
	"""Page, text in place of the picture, and its file."""
	return [
		(page, text, (page.parent / target).resolve())
		for page in PAGES
		for text, target in PICTURE.findall(page.read_text())
	]


def test_every_picture_that_a_page_names_is_there_and_has_a_text_in_its_place():
	assert named()
	for page, text, file in named():
		assert file.is_file(), f"{page.name} names {file}"
		assert len(text) > 10, f"{page.name}: what does {file.name} show?"


def test_every_picture_is_named_by_a_page_and_they_are_small():
	files = {file.resolve() for file in (DOCS / "images").iterdir()}
	assert files == {file for _page, _text, file in named()}
	assert sum(file.stat().st_size for file in files) < MOST


def test_every_picture_but_the_readmes_own_is_taken_by_the_script():
	script = Path(pictures.__file__).read_text()
	taken = re.findall(r'_(?:take|keep)\("([\w-]+)"', script)
	taken += re.findall(r'\("Serial No [\w ]+", "([\w-]+)"\)', script)  # of reports
	assert sorted(file.stem for file in (DOCS / "images").iterdir() if file.stem != "desk") == sorted(taken)


@pytest.mark.parametrize("page", [page.name for page in DOCS.glob("*.md") if page.name != "README.md"])
def test_every_page_is_in_the_index_once(page):
	assert (DOCS / "README.md").read_text().count(f"]({page}) |") == 1


def test_every_link_between_pages_leads_somewhere():
	for page in PAGES:
		for target in re.findall(r"(?<!!)\[[^\]]+\]\(([^)#:]+\.md)(?:#[\w-]+)?\)", page.read_text()):
			assert (page.parent / target).is_file(), f"{page.name} leads to {target}"
