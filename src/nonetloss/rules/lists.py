"""Ordered lists of a rule set: principles, categories, the contents of a plan."""

from dataclasses import dataclass
from typing import Any

from nonetloss.core.language import Text
from nonetloss.rules.dated import Status


@dataclass(frozen=True, slots=True)
class ListItem:
    """One entry of a list, in its order.

    `text` says what the entry asks for (None: nothing more than its title). `status` is that of
    this entry; a confirmed list may hold entries that nobody confirmed. None only inside a file
    that was just read: as the list itself.
    """

    id: str
    title: Text
    text: Text | None
    status: Status | None

    def as_dict(self) -> dict[str, Any]:
        """Plain form for `run.json`."""
        return {
            "id": self.id,
            "title": {"es": self.title.es, "en": self.title.en},
            "text": None if self.text is None else {"es": self.text.es, "en": self.text.en},
            "status": None if self.status is None else str(self.status),
        }
