"""Run a whole case: read a study folder, call the methods, write the run folder.

Question on the ground
    For this project, on this date, under these rules: what is the honest and complete answer?

Public names
    `study.check.check`, `study.runner.run_study`, `study.registry.methods`,
    `study.schema.StudyDocument`, `study.expected.compare`.

Papers
    None: it composes the methods of the domains, which cite theirs.

What it does not do
    It computes nothing itself, and it never looks at the clock or the environment.
"""
