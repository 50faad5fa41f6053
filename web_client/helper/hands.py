"""Does at the desktop what the session wants done, with the journal kept before each press."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web_client.helper import effects as want

if TYPE_CHECKING:
    from web_client.helper.desktop import Desktop
    from web_client.helper.effects import Effect
    from web_client.helper.watchdog import Watchdog


class Hands:
    """The desktop's side of the helper."""

    def __init__(self, desktop: Desktop, watchdog: Watchdog) -> None:
        self._desktop = desktop
        self._watchdog = watchdog

    def do(self, effect: Effect, now: float) -> None:
        """Do one effect; raise `WatchdogLostError` for a press that could not be noted and was not made."""
        if not self._inject(effect, now):
            self._show(effect, now)

    def _inject(self, effect: Effect, now: float) -> bool:
        injector = self._desktop.injector
        if isinstance(effect, want.Press):
            self._watchdog.pressing(effect.what)
            injector.press(effect.what)
        elif isinstance(effect, want.Release):
            injector.release(effect.what)
            self._watchdog.released(effect.what)
        elif isinstance(effect, want.Move):
            injector.move(effect.x, effect.y)
        elif isinstance(effect, want.Scroll):
            injector.scroll(effect.dx, effect.dy)
        elif isinstance(effect, want.Type):
            injector.type_text(effect.text, effect.chord, now)
        else:
            return False
        return True

    def _show(self, effect: Effect, now: float) -> None:
        desktop = self._desktop
        if isinstance(effect, want.PutClipboard):
            desktop.put_clipboard(effect.text)
        elif isinstance(effect, want.FetchClipboard):
            desktop.fetch_clipboard(now)
        elif isinstance(effect, want.ShowBanner):
            if effect.state is None:
                desktop.hide_banner()
            else:
                desktop.show_banner(effect.who, effect.state)
        elif isinstance(effect, want.PointAt):
            desktop.point_at(effect.at)
        elif isinstance(effect, want.DrawLine):
            desktop.draw(effect.line, effect.points)
        elif isinstance(effect, want.WipeLines):
            desktop.wipe()
        elif isinstance(effect, want.Mark):
            desktop.mark(effect.shown)
