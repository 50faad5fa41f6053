"""Which Chinese words on a page are the interface's own, in a page that is set to English."""

import re
from pathlib import Path

from signaling.demo.samples import sample_departments
from tests.browser.people import COMPLAINT
from tests.browser.windows import Window

ROOT = Path(__file__).resolve().parents[2]
SWITCH_ITSELF = "中文"
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
DATA = "".join(
    [
        *(path.read_text() for path in (ROOT / "signaling" / "demo").iterdir() if path.is_file()),
        *((ROOT / "signaling" / "domain" / name).read_text() for name in ("places.py", "items.py")),
        *(name for department in sample_departments() for name in (department.name, department.spoken)),
        COMPLAINT,
        SWITCH_ITSELF,
    ]
)
"""Where all Chinese of a demo comes from that stays Chinese in English."""

ALL_WORDS = """
(() => {
  const words = [document.title];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) words.push(texts.currentNode.data);
  const named = document.querySelectorAll("[aria-label], [title], [placeholder], [alt]");
  for (const one of named) for (const name of ["aria-label", "title", "placeholder", "alt"])
    words.push(one.getAttribute(name) ?? "");
  return words;
})()
"""


def foreign_words(window: Window) -> list[str]:
    """Return the texts and names of an English page that hold Chinese which no data brought there."""
    if window.probe("document.documentElement.lang") != "en":
        return []
    return [
        words for words in window.probe(ALL_WORDS) if any(run not in DATA for run in CHINESE.findall(words))
    ]
