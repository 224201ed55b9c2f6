"""What every number must carry: units, provenance, findings, errors, a method, a language.

Question on the ground
    Can a reader check where a number comes from, in which unit, under which rule, in her language?

Public names
    `core.units`, `core.nomenclature`, `core.provenance`, `core.findings`, `core.errors`,
    `core.method`, `core.language`, `core.estimate`.

Papers
    None: conventions of this project (`docs/conventions.md`).

What it does not do
    It opens no user file and computes nothing about nature.
"""
