"""Everything measured, one after another."""

from __future__ import annotations

from benchmarks import figures, import_rate, live, pages, queues, report, research, save, served

for part in (pages, served, save, live, research, queues, import_rate, report):
    print(f"\n{(part.__doc__ or '').splitlines()[0]}")
    figures.show([figures.Figure(*each) for each in part.measure()])
