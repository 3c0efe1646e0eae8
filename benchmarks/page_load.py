"""How long a browser takes until the page of a running app can be used.

    make run                                    # or any other address, with --url
    python -m benchmarks.page_load

It needs Chromium, which counts on the same processors as whatever else runs on them.
"""

import argparse
import os
import shutil
import statistics
import time

from playwright.sync_api import Browser, expect, sync_playwright

READY = "#tryon-both"
"""A button that is enabled when models are ready and the controls are filled in."""
WAIT_MILLISECONDS = 120_000.0


def visit(browser: Browser, url: str) -> tuple[float, float]:
    """Seconds until a browser new to the page shows it, and until it can be used."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page, start = context.new_page(), time.perf_counter()
    page.goto(url)
    expect(page.locator(READY)).to_be_visible(timeout=WAIT_MILLISECONDS)
    shown = time.perf_counter() - start
    expect(page.locator(READY)).to_be_enabled(timeout=WAIT_MILLISECONDS)
    usable = time.perf_counter() - start
    context.close()
    return shown, usable


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:7860")
    parser.add_argument("--visits", type=int, default=5)
    args = parser.parse_args()
    chromium = os.environ.get("LOOKREEL_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        visits = [visit(browser, args.url) for _ in range(args.visits)]
        browser.close()
    for name, seconds in zip(("shown", "usable"), zip(*visits, strict=True), strict=True):
        each = "  ".join(f"{one:.1f}" for one in seconds)
        print(f"{name:7} median {statistics.median(seconds):.1f} s   ({each})")


if __name__ == "__main__":
    main()
