"""Putting a report together: its headlines and tables, as its definition has them."""

from __future__ import annotations

from sqlalchemy import Connection

from casework.programmes.definition import Programme, ReportDefinition
from casework.statistics import measures, periods
from casework.statistics.disclosure import RawReport
from casework.statistics.periods import Period


def count_report(
    connection: Connection, programme: Programme, definition: ReportDefinition, period: Period
) -> RawReport:
    """The whole report as counted, not yet fit to be shown: see `disclosure.protect`."""
    columns = periods.columns_of(definition, period)
    received = measures.count_received(connection, programme, columns)
    return RawReport(
        id=f"{programme.id}/{definition.id}",
        title=definition.title,
        period=period,
        headlines=measures.count_headlines(connection, programme, definition.headlines, period),
        tables=tuple(
            measures.count_table(connection, programme, table, columns, received)
            for table in definition.tables
        ),
        notes=definition.notes,
    )
