"""Decision trees of a rule set: questions answered yes or no, and what each outcome requires."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nonetloss.core.errors import RulesError
from nonetloss.core.findings import candidates
from nonetloss.core.language import Text
from nonetloss.rules.lists import ListItem


@dataclass(frozen=True, slots=True)
class Question:
    """A question and where each answer leads: the id of another question or of an outcome."""

    id: str
    ask: Text
    yes: str
    no: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a tree ends. `requires` lists what is asked there, in order; it may be empty."""

    id: str
    title: Text
    requires: tuple[ListItem, ...]


@dataclass(frozen=True, slots=True)
class DecisionTree:
    """Questions and outcomes by id; `start` is the first question.

    Reading makes sure that every lead exists, that no question leads back to itself, and that all
    questions and outcomes can be reached.
    """

    start: str
    questions: Mapping[str, Question]
    outcomes: Mapping[str, Outcome]

    def as_dict(self) -> dict[str, Any]:
        """Plain form for `run.json`."""
        return {
            "start": self.start,
            "questions": {
                q.id: {"ask": {"es": q.ask.es, "en": q.ask.en}, "yes": q.yes, "no": q.no}
                for q in self.questions.values()
            },
            "outcomes": {
                o.id: {
                    "title": {"es": o.title.es, "en": o.title.en},
                    "requires": [item.as_dict() for item in o.requires],
                }
                for o in self.outcomes.values()
            },
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """How far a set of answers leads.

    Parameters
    ----------
    path : tuple of (Question, bool)
        Questions met in order, with their answers.
    outcome : Outcome or None
        None while a question on the way is not answered.
    open : Question or None
        That question.
    unused : tuple of str
        Answers to questions that were not met on the way.
    """

    path: tuple[tuple[Question, bool], ...]
    outcome: Outcome | None
    open: Question | None
    unused: tuple[str, ...]


def decide(tree: DecisionTree, answers: Mapping[str, bool]) -> Decision:
    """Follow a tree with the answers given.

    A question without an answer, or answered None (not known), stops the way there: nothing is
    assumed in its place.

    Raises
    ------
    RulesError
        `rules.question-unknown` (with the nearest names), `rules.answer` for an answer that is
        neither true, false nor None.
    """
    for id, answer in answers.items():
        if id not in tree.questions:
            nearest = candidates(id, tree.questions)
            raise RulesError.because("rules.question-unknown", id, nearest=nearest)
        if answer is not None and not isinstance(answer, bool):
            raise RulesError.because("rules.answer", id, answer=str(answer))
    path: list[tuple[Question, bool]] = []
    at = tree.start
    while (question := tree.questions.get(at)) is not None and answers.get(at) is not None:
        path.append((question, answers[at]))
        at = question.yes if answers[at] else question.no
    met = {met.id for met, _ in path}
    unused = tuple(id for id in answers if answers[id] is not None and id not in met)
    return Decision(tuple(path), tree.outcomes.get(at), question, unused)


def faults(tree: DecisionTree) -> Iterator[tuple[str, str]]:
    """What is wrong with a tree, as (where, what was expected) pairs; nothing if it is sound."""
    known = tree.questions.keys() | tree.outcomes.keys()
    for twice in sorted(tree.questions.keys() & tree.outcomes.keys()):
        yield twice, "question | outcome"
    leads = {q.id: (q.yes, q.no) for q in tree.questions.values()}
    for id, ends in leads.items():
        for end in ends:
            if end not in known:
                yield f"{id}: {end}", " | ".join(sorted(known))
    if tree.start not in tree.questions:
        yield f"start: {tree.start}", " | ".join(sorted(tree.questions))
        return
    reached: set[str] = set()
    circles = set(_circles(tree.start, leads, (), reached))
    for id in sorted(circles):
        yield id, "yes/no ≠ …"
    for lost in sorted(known - reached):
        yield lost, "start → … →"


def _circles(
    at: str, leads: Mapping[str, tuple[str, str]], above: tuple[str, ...], reached: set[str]
) -> Iterator[str]:
    """Questions that lead back to themselves; fills `reached` on the way."""
    if at in above:
        yield at
        return
    if at in reached:
        return
    reached.add(at)
    for end in leads.get(at, ()):
        yield from _circles(end, leads, (*above, at), reached)
