"""The published schemas are current, and say what the loader says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scenarios.pack_schemas import FOLDER, schemas, written

from .pack_folders import MARVALUNE, read_marvalune

OF_FOLDERS = {"people": "person", "questionnaires": "questionnaire", "trees": "tree"}
OPTIONAL = {"questionnaire", "tree", "retention", "campaigns", "canned", "variant"}


def test_the_published_schemas_are_current() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.json" for name in schemas()}
    for name, schema in schemas().items():
        assert (FOLDER / f"{name}.json").read_text(encoding="utf-8") == written(schema), f"run python -m scenarios.pack_schemas ({name})"


def keys_known(schema: dict[str, Any], defs: dict[str, Any], value: Any, where: str) -> list[str]:
    """Keys of a document that its schema does not know."""
    if "$ref" in schema:
        schema = defs[schema["$ref"].removeprefix("#/$defs/")]
    for option in schema.get("anyOf", ()):
        if option.get("type") == ("array" if isinstance(value, list) else "object" if isinstance(value, dict) else "string"):
            return keys_known(option, defs, value, where)
    if isinstance(value, list) and "items" in schema:
        return [wrong for n, item in enumerate(value) for wrong in keys_known(schema["items"], defs, item, f"{where}.{n}")]
    if not isinstance(value, dict) or "properties" not in schema:
        return []
    wrong = [f"{where}.{key}" for key in value if key not in schema["properties"]]
    wrong += [f"{where} lacks {key}" for key in schema.get("required", ()) if key not in value]
    for key, item in value.items():
        wrong += keys_known(schema["properties"].get(key, {}), defs, item, f"{where}.{key}")
    return wrong


def test_every_yaml_file_of_marvalune_fits_its_schema() -> None:
    made = schemas()
    sources = read_marvalune().sources
    seen = set()
    for key, source in sources.items():
        if not source.file.endswith(".yaml") or source.file.startswith("variants/"):  # made from other files
            continue
        name = OF_FOLDERS.get(source.file.split("/")[0]) or Path(source.file).stem
        seen.add(name)
        assert keys_known(made[name], made[name].get("$defs", {}), source.data, key) == []
        first = (MARVALUNE / source.file).read_text(encoding="utf-8").splitlines()[0]
        published = ((MARVALUNE / source.file).parent / first.removeprefix("# yaml-language-server: $schema=")).resolve()
        assert published == (FOLDER / f"{name}.json").resolve()
    assert set(made) - OPTIONAL <= seen <= set(made)
