"""The picture of the README: `python -m tests.picture REPORT PNG` photographs the view of one page of a report."""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.audited import browser_of

# Of traditional script, so that all colours are on it.
PAGE = "news.hoimun.example/local/20220415/tram.txt"


def main(report: Path, out: Path) -> None:
    """Open the page as a reader would, choose an edit, and take the picture."""
    with sync_playwright() as playwright, browser_of(playwright) as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1000}, color_scheme="light")
        page.goto(f"{report.resolve().as_uri()}/page.html#id={PAGE}")
        page.wait_for_selector("html[data-ready=yes]", state="attached")
        page.locator(".put").nth(6).click()
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
