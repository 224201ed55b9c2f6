"""Texts of the command line, and in which language they are said."""

from collections.abc import Mapping, Sequence
from typing import Any

from nonetloss.core import package_data
from nonetloss.core.language import LANGUAGES, Language


def say(key: str, language: Language, **data: Any) -> str:
    """A text of `locale/cli.yaml`, read alone so that `--help` stays quick."""
    entry: Mapping[str, str] = package_data.read_yaml("locale/cli.yaml")[f"cli.{key}"]
    return entry[language].format(**data)


def counted(key: str, count: int, language: Language) -> str:
    """A number with its noun in singular or plural, "1 error" or "2 errors"."""
    return say(f"{key}-one" if count == 1 else f"{key}-many", language, count=count)


def chosen_language(arguments: Sequence[str], environment: Mapping[str, str]) -> Language:
    """`--lang` of the command line; else the environment's; else Spanish.

    The environment decides by LC_ALL, LC_MESSAGES, LANG, in this order; a language that is neither
    Spanish nor English, or none, means Spanish.
    """
    for index, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name == "--lang":
            wanted = value or "".join(arguments[index + 1 : index + 2])
            for language in LANGUAGES:
                if wanted == language:
                    return language
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "")
        if value and value not in ("C", "POSIX", "C.UTF-8"):
            return "en" if value.lower().startswith("en") else "es"
    return "es"
