"""Declaration of `forest.ccb`."""

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import STANDARDS

METHOD = Method(
    id="forest.ccb",
    question=Text(
        es="¿Qué criterios CCB se cumplen, con qué sustento, y cuáles faltan?",
        en="Which CCB criteria are met, on what evidence, and which are missing?",
    ),
    function="nonetloss.forest.credits.ccb:ccb",
    inputs=(STANDARDS,),
    outputs=(
        Port(
            "scorecard",
            "Scorecard",
            Text(
                es="Criterios obligatorios y de nivel Oro con su sustento.",
                en="Required and Gold level criteria with their evidence.",
            ),
        ),
    ),
    parameters=(
        Parameter(
            "answers",
            Text(
                es="Por criterio (G1, CL2, GL3 …): yes, no, o {met, evidence, link}. Sin dato, no "
                "se sabe.",
                en="By criterion (G1, CL2, GL3 …): yes, no, or {met, evidence, link}. Where "
                "absent, unknown.",
            ),
            kind="mapping",
            reader="nonetloss.forest.credits.ccb:read_criteria",
        ),
        Parameter(
            "waiver",
            Text(
                es="Programa de gases que cubre los criterios de clima (por ejemplo VCS).",
                en="Greenhouse gas program that covers the climate criteria (for example VCS).",
            ),
            kind="text",
            default="",
        ),
    ),
    references=("Climate, Community & Biodiversity Standards, third edition, 2013 (checklist)",),
    validity=Text(
        es="Es una lista de lo que el proyecto dice cumplir: los indicadores de cada criterio y la "
        "decisión son de un auditor acreditado.",
        en="It is a list of what the project says it meets: the indicators of each criterion and "
        "the decision belong to an accredited auditor.",
    ),
    example=(
        "- {step: ccb, method: forest.ccb, parameters: {waiver: VCS, answers: {G1: {met: yes, "
        "evidence: management plan, link: https://example.org}, B2: yes, GL3: no}}}"
    ),
)
