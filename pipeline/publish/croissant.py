"""The Croissant description of a release: files with digests, record sets with fields, and the rules as what was done.

Format: docs.mlcommons.org/croissant, version 1.0, with the vocabulary for responsible AI.
"""

import json
from typing import Any

import pyarrow as pa

from pipeline.publish import schema
from pipeline.publish.manifest import Content

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(content: Content, version: str) -> str:
    """The file as JSON; the same content, the same bytes."""
    corpus = content.config.corpus
    tables = [schema.BY_NAME[name] for name in content.shards.splits]
    whole = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": corpus.name,
        "description": corpus.description or f"Chinese documents cleaned by jingwen: {corpus.name}.",
        "license": _licence(corpus.licence),
        "version": version,
        "inLanguage": "zh",
        "citeAs": f"{corpus.name} {version}, digest {content.digest()}",
        "rai:dataPreprocessingProtocol": _done(content),
        "distribution": [
            {
                "@type": "cr:FileObject", "@id": path, "name": path, "contentUrl": path,
                "contentSize": f"{written['bytes']} B", "encodingFormat": "application/x-parquet",
                "sha256": written["sha256"],
            }
            for path, (_, _, written) in content.shards.named().items()
        ] + [
            {
                "@type": "cr:FileSet", "@id": f"{table.name}-files", "name": f"{table.name}-files",
                "encodingFormat": "application/x-parquet", "includes": f"{table.name}/*.parquet",
            }
            for table in tables
        ],
        "recordSet": [_record_set(content, table) for table in tables],
    }  # fmt: skip
    return json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _licence(identifier: str) -> str:
    return f"https://spdx.org/licenses/{identifier}.html" if identifier else "unknown"


def _done(content: Content) -> list[str]:
    """Each rule with what it did, in the order of the account."""
    begun = f"jingwen {content.stamp.code_version}, configuration {content.stamp.config_digest}"
    return [
        begun,
        *(
            f"stage {stage}, rule {rule or 'of the engine'}: {n} edits, {gone} characters removed, {put} put in"
            for (stage, rule), (n, gone, put) in sorted(content.counts.edits.items())
        ),
    ]


def _record_set(content: Content, table: schema.Table) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": f"{table.says}; {content.shards.rows()[table.name]} rows",
        "field": [_field(table.name, column) for column in table.columns],
    }


def _field(table: str, column: schema.Column) -> dict[str, Any]:
    name, kind = column.name, column.type
    field: dict[str, Any] = {"@type": "cr:Field", "@id": f"{table}/{name}", "name": name, "description": column.says}
    source = {"fileSet": {"@id": f"{table}-files"}, "extract": {"column": name}}
    if pa.types.is_list(kind):
        field["repeated"] = True
        kind = kind.value_type
    if pa.types.is_struct(kind):
        return field | {"subField": [_part(f"{table}/{name}", kind.field(i), source) for i in range(kind.num_fields)]}
    return field | {"dataType": _TYPES[kind], "source": source}


def _part(path: str, inner: pa.Field, source: dict[str, Any]) -> dict[str, Any]:
    own = {**source, "transform": {"jsonPath": inner.name}}
    return {
        "@type": "cr:Field", "@id": f"{path}/{inner.name}", "name": inner.name, "description": inner.name,
        "dataType": _TYPES[inner.type], "source": own,
    }  # fmt: skip


_TYPES = {
    pa.string(): "sc:Text", pa.int32(): "sc:Integer", pa.int64(): "sc:Integer", pa.float64(): "sc:Float",
    schema.TIME: "sc:DateTime", pa.binary(): "sc:Text",
}  # fmt: skip
