"""Write config/README.md from the schema, so that no key goes undocumented.

python workflow/scripts/document_config.py --output config/README.md
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import replacing
from knnkd.experiment.config import read_schema

HEAD = """# The config, key by key

Made from `workflow/schemas/config.schema.yaml` by `workflow/scripts/document_config.py`; a test keeps the two together.

- A config file given by `--configfile` replaces `config/config.yaml`; `--config key=value` changes single keys on top.
- A key that is not listed here is an error. `<dataset>`, `<system>` and `<model>` stand for names of your choice.
- `model`, `training`, `search`, `decode`, `bert` and `knn_mt` hold for the whole experiment; under a dataset the same
  keys hold for that dataset alone, and `systems.<system>.training` for that system alone. The narrower one wins.
- Lists and single values of a later config file replace those of an earlier one; `ablation: null`, `controls: null`,
  `case_study: null` and `tables.table3: null` take these out, and `only: [mine]` all that is not about that dataset.
- A rule sees only the keys that it uses: after a change, `snakemake -n` shows what will be made again.

"""


PLACEHOLDERS = {"datasets": "<dataset>", "systems": "<system>", "pretrained": "<model>"}


def resolve(schema: dict, root: dict) -> dict:
    """Return `schema` with its $ref filled in; what stands beside the $ref wins."""
    if "$ref" not in schema:
        return schema
    target = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    merged = target | {key: value for key, value in schema.items() if key != "$ref"}
    if "properties" in schema and "properties" in target:
        names = target["properties"]
        merged["properties"] = {name: names[name] | schema["properties"].get(name, {}) for name in names}
    return merged


def rows(schema: dict, root: dict, path: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Yield (key, kind, default, meaning) for every key below `schema`, in its order."""
    required = schema.get("required", [])
    for name, raw in schema.get("properties", {}).items():
        inner, key = resolve(raw, root), f"{path}.{name}".lstrip(".")
        nested = inner.get("properties") or inner.get("patternProperties")
        default = "required" if name in required and "default" not in inner else show(inner.get("default"))
        if not nested:
            yield key, kind(inner), default, inner.get("description", "")
        elif path and (elsewhere := raw.get("$ref", "").rsplit("/", 1)[-1]) in (*root["properties"], "source"):
            yield key, f"keys of `{elsewhere}`", "", inner.get("description", "")  # an override, or a source
        else:
            yield key, "", "", inner.get("description", "")
            yield from rows(inner, root, key)
        placeholder = PLACEHOLDERS.get(name, "<split>.<language>")
        for pattern in inner.get("patternProperties", {}).values():
            below = resolve(pattern, root)
            inside = resolve(next(iter(below.get("patternProperties", {"": below}).values())), root)
            if not path or name == "sources":
                yield from rows(inside, root, f"{key}.{placeholder}")
            if name == "sources":
                yield from rows(below, root, f"{key}.<split>")


def kind(schema: dict) -> str:
    """Say in a few words which values a key takes."""
    if "enum" in schema:
        return " ".join(f"`{value}`" for value in schema["enum"])
    if "oneOf" in schema:
        return " or ".join(kind(choice) for choice in schema["oneOf"])
    if "const" in schema:
        return f"`{str(schema['const']).lower()}`"
    names = schema.get("type", "any")
    text = " or ".join(names) if isinstance(names, list) else names
    if text == "array":
        text = "list of " + (
            schema["items"]["$ref"].rsplit("/", 1)[1] + "s" if "$ref" in schema["items"] else kind(schema["items"])
        )
    bounds = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    limits = [f"{sign} {schema[bound]}" for bound, sign in bounds.items() if bound in schema]
    return f"{text} {', '.join(limits)}".strip()


def show(default: object) -> str:
    """Return a default as YAML would have it."""
    if default is None or default == {}:
        return ""
    text = str(default).lower() if isinstance(default, bool) else str(default)
    return "`" + text.replace("'", "").replace("None", "null") + "`"


def document() -> str:
    """Return the whole page."""
    schema = read_schema()
    table = ["| key | values | default | meaning |", "| :-- | :-- | :-- | :-- |"]
    table += [f"| `{key}` | {values} | {default} | {text} |" for key, values, default, text in rows(schema, schema)]
    return HEAD + "\n".join(table) + "\n"


def main() -> None:
    """Read the flags and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("config/README.md"), help="Markdown file")
    args = parser.parse_args()
    with replacing(args.output) as temporary:
        temporary.write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    exit_with_errors(main)
