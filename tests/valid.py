"""JSON that the program writes, held against its published schema, which is read and held against its own once."""

import functools
import json
from pathlib import Path

import jsonschema

DATA = Path(__file__).resolve().parent.parent / "data"


@functools.cache
def validator(name):
    schema = json.loads((DATA / f"kcdaudit.{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def valid(text):
    """The value, which has to be what the schema says that it names."""
    value = json.loads(text)
    validator(value["schema"].split("/")[0].removeprefix("kcdaudit.")).validate(value)
    return value
