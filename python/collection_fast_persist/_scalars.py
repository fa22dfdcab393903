"""Numbers, bools and timestamps of numpy and pandas, without importing either."""

from __future__ import annotations

import datetime as dt
from typing import Any, Union

Plain = Union[bool, int, float, str, dt.datetime, dt.date]


def plain(value: Any) -> Plain:
    """The plain Python object for a scalar of numpy or pandas; of exactly its value.

    Raises TypeError or ValueError, with the reason, for everything else.
    """
    kind = type(value)
    package = kind.__module__.partition(".")[0]
    if package == "numpy" and kind.__name__ != "ndarray" and hasattr(value, "dtype"):
        if kind.__name__ == "datetime64":
            return _plain_datetime64(value)
        found = value.item()
        if type(found) in (bool, int, float):
            if type(found) is float and found == found and value != found:
                raise ValueError(f"a {kind.__name__} that no float holds exactly; convert it first")
            return found  # type: ignore[no-any-return]
    if package == "pandas" and kind.__name__ == "NaTType":
        raise ValueError("NaT is no timestamp; store None")
    raise TypeError(_reason(kind))


def _plain_datetime64(value: Any) -> dt.datetime:
    micros = value.astype("datetime64[us]")
    if micros != value:
        raise ValueError("NaT, or nanoseconds, which would be lost; round to microseconds first: .astype('datetime64[us]')")
    found = micros.item()
    if not isinstance(found, dt.datetime):
        raise ValueError("is outside of the years 1 to 9999")
    return found


def _reason(kind: type) -> str:
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    hints = {
        "decimal.Decimal": "store str(value) or float(value)",
        "uuid.UUID": "store str(value)",
        "set": "store a list",
        "frozenset": "store a list",
        "bytes": "store text, for example base64",
        "bytearray": "store text, for example base64",
        "datetime.date": "put it into data, or store value.isoformat()",
        "datetime.datetime": "put it into data, or store value.isoformat()",
        "dict": "put it into data",
        "list": "put it into data",
        "tuple": "put it into data",
        "datetime.time": "store value.isoformat()",
        "datetime.timedelta": "store value.total_seconds()",
        "numpy.ndarray": "store value.tolist()",
    }
    hint = hints.get(name, "store its fields in a dict, or its text")
    return f"a {name} cannot be stored; {hint}"
