"""What the checks of a template go by besides its own text."""

from __future__ import annotations

from dataclasses import dataclass

from engine.compose import longest
from engine.compose.expressions import Given
from engine.compose.library import Library
from engine.compose.longest import Audience
from engine.compose.page import Page
from engine.settings import Settings


@dataclass(frozen=True)
class About:
    """The folder, the campaign's kind, the brand, and the people whom the letter is for."""

    library: Library
    channel: str
    kind: str
    settings: Settings
    audience: Audience

    def language(self, page: Page) -> str:
        """The language that the template is written in."""
        return self.library.language(page.path, self.settings.brand.locale)

    def given(self, page: Page) -> Given:
        """The longest values that the template can be filled with."""
        brand, language = self.settings.brand, self.language(page)
        values = longest.values(self.settings, language, self.audience)
        return Given(values, language, brand.currency, brand.show_tomans)
