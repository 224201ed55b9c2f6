"""Where a number comes from: origin, licence, date, digest."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from nonetloss.core.language import Text


@dataclass(frozen=True, slots=True)
class Source:
    """One source of data or of a fact.

    `schematic` marks data drawn by hand from published facts: wherever it appears, the reader is
    told. `sha256` is empty until `io` has read the file.
    """

    name: str
    title: Text
    origin: Text
    licence: str
    url: str = ""
    date: str = ""
    sha256: str = ""
    schematic: bool = False
    note: Text | None = None


def sha256_of_chunks(chunks: Iterable[bytes]) -> str:
    """Hexadecimal SHA-256 of a stream of bytes."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spare blanks: equal values give equal bytes.

    Raises
    ------
    ValueError
        For NaN and infinities, which JSON does not know.
    """
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def digest_of(value: Any) -> str:
    """SHA-256 of the canonical JSON of a plain value."""
    return sha256_of_chunks([canonical_json(value).encode("utf-8")])
