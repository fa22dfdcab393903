"""Query results as tables of other packages, which are imported when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._native import QueryResult


def arrow(result: QueryResult) -> Any:
    import pyarrow

    return pyarrow.table(result)


def df(result: QueryResult) -> Any:
    import pandas

    try:
        import pyarrow
    except ImportError:
        return pandas.DataFrame(result.fetchall(), columns=[column[0] for column in result.description])
    return _with_integers(pyarrow.table(result)).to_pandas()


def _with_integers(table: Any) -> Any:
    """sum() of integers is a HUGEINT in DuckDB, and a decimal in Arrow; in pandas a number is wanted."""
    import pyarrow

    for index, field in enumerate(table.schema):
        if pyarrow.types.is_decimal(field.type) and field.type.scale == 0:
            try:
                integers = table.column(index).cast(pyarrow.int64())
            except pyarrow.ArrowInvalid:
                continue  # too large: exact as decimals
            table = table.set_column(index, field.name, integers)
    return table
