//! Tables of schemas: what is accepted by what, and what callers have to be told.

use super::{Undeclared, accepts, contract_changes, misfits};
use crate::domain::{Bump, Version};
use serde_json::{Value, json};
use std::fmt::Write;

fn version(file: Value) -> Version {
    serde_json::from_value(file).unwrap()
}

/// The changes between two files, a line each.
fn changes(old: Value, new: Value) -> String {
    let mut told = String::new();
    for change in contract_changes(&version(old), &version(new)) {
        let gone = if change.is_gone { " (old)" } else { "" };
        writeln!(told, "{:?} {}{gone}: {}", change.bump, change.pointer, change.message).unwrap();
    }
    told
}

/// The changes between two input schemas.
fn input(old: Value, new: Value) -> String {
    changes(json!({"content": "x", "input_schema": old}), json!({"content": "x", "input_schema": new}))
}

/// An input schema with these variables.
fn variables(properties: Value) -> Value {
    json!({"type": "object", "properties": properties})
}

/// The bump that a change of the input schema demands.
fn demands(old: Value, new: Value) -> Bump {
    let file = |schema| version(json!({"content": "x", "input_schema": schema}));
    contract_changes(&file(old), &file(new)).first().map_or(Bump::Patch, |change| change.bump)
}

#[test]
fn what_a_schema_surely_accepts() {
    let cases = [
        (json!(true), json!({"type": "string"})),
        (json!({}), json!(true)),
        (json!({"type": "string"}), json!(false)),
        (json!({"type": "number"}), json!({"type": "integer"})),
        (json!({"type": ["string", "null"]}), json!({"type": "string"})),
        (json!({"type": "number"}), json!({"enum": [1, 2.5]})),
        (json!({"type": "integer"}), json!({"const": 1.0})),
        (json!({"enum": ["a", "b", null]}), json!({"enum": ["b", "a"]})),
        (json!({"enum": ["a", "b"]}), json!({"const": "a"})),
        (json!({"enum": [1]}), json!({"const": 1.0})),
        (json!({"enum": [true, false, null]}), json!({"type": ["boolean", "null"]})),
        (json!({"maxLength": 3}), json!({"type": "integer"})),
        (json!({"maxLength": 3}), json!({"enum": ["abc", 5, "äöü"]})),
        (json!({"minimum": 0}), json!({"exclusiveMinimum": 0})),
        (json!({"exclusiveMaximum": 10}), json!({"maximum": 9.5})),
        (json!({"multipleOf": 3}), json!({"multipleOf": 12})),
        (json!({"multipleOf": 1}), json!({"type": "integer"})),
        (json!({"type": "string", "pattern": "^a"}), json!({"type": "string", "pattern": "^a", "maxLength": 2})),
        (json!({"format": "date"}), json!({"type": "string"})),
        (json!({"properties": {"a": {"type": "string"}}}), json!({"properties": {"a": {"const": "x"}}})),
        (json!({"properties": {"a": false}}), json!({"type": "object", "additionalProperties": false})),
        (json!({"required": ["a"]}), json!({"type": "object", "required": ["a", "b"]})),
        (
            json!({"additionalProperties": {"type": "string"}}),
            json!({"type": "object", "properties": {"a": {"const": "x"}}, "additionalProperties": false}),
        ),
        (json!({"minProperties": 1}), json!({"type": "object", "required": ["a"]})),
        (
            json!({"maxProperties": 1}),
            json!({"properties": {"a": {}}, "additionalProperties": false, "type": "object"}),
        ),
        (json!({"propertyNames": {"maxLength": 9}}), json!({"propertyNames": {"maxLength": 3}, "type": "object"})),
        (
            json!({"patternProperties": {"^x-": {"type": "number"}}}),
            json!({"type": "object", "patternProperties": {"^x-": {"type": "integer"}}}),
        ),
        (json!({"patternProperties": {"^x-": true}}), json!({"type": "object"})),
        (json!({"items": {"type": "number"}}), json!({"type": "array", "items": {"type": "integer"}})),
        (json!({"items": {"type": "number"}}), json!({"type": "array", "maxItems": 0})),
        (
            json!({"prefixItems": [{"type": "number"}], "items": {"type": "string"}}),
            json!({"type": "array", "prefixItems": [{"const": 1}, {"const": "a"}], "maxItems": 2}),
        ),
        (json!({"uniqueItems": true}), json!({"type": "array", "maxItems": 1})),
        (
            json!({"contains": {"const": 1}, "minContains": 2}),
            json!({"contains": {"const": 1}, "minContains": 2, "minItems": 4, "type": "array"}),
        ),
        (json!({"type": "string", "maxLength": 9}), json!({"allOf": [{"type": "string"}, {"maxLength": 3}]})),
        (json!({"allOf": [{"type": "string"}, {"maxLength": 9}]}), json!({"type": "string", "maxLength": 3})),
        (json!({"anyOf": [{"type": "string"}, {"type": "null"}]}), json!({"type": ["null", "string"]})),
        (json!({"type": ["null", "string"]}), json!({"anyOf": [{"type": "string"}, {"type": "null"}]})),
        (
            json!({"oneOf": [{"type": "string"}, {"type": "null"}, {"type": "integer"}]}),
            json!({"oneOf": [{"type": "string"}, {"type": "null"}]}),
        ),
        (
            json!({"oneOf": [
                {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "a"}, "n": {"type": "number"}}},
                {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "b"}}}]}),
            json!({"oneOf": [
                {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "a"}, "n": {"type": "integer"}}},
                {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "b"}}}]}),
        ),
        (json!({"not": {"type": "string"}}), json!({"type": ["null", "integer"]})),
        (json!({"not": {"pattern": "a"}}), json!({"not": {"pattern": "a"}, "title": "T"})),
        (
            json!({"if": {"required": ["a"]}, "then": {"required": ["b"]}}),
            json!({"if": {"required": ["a"]}, "then": {"required": ["b"]}, "type": "object"}),
        ),
        (json!({"if": {"minLength": 2}, "then": {"type": "string"}}), json!({"type": "string"})),
        (json!({"dependentRequired": {"a": ["b"]}}), json!({"type": "object", "required": ["b"]})),
        (
            json!({"$ref": "#/$defs/a", "$defs": {"a": {"type": "number"}}}),
            json!({"$ref": "#/$defs/b", "$defs": {"b": {"type": "integer"}}}),
        ),
        (
            json!({"type": "object", "properties": {"next": {"$ref": "#"}, "v": {"type": "number"}}}),
            json!({"$ref": "#/$defs/n", "$defs": {"n":
                {"type": "object", "properties": {"next": {"$ref": "#/$defs/n"}, "v": {"type": "integer"}}}}}),
        ),
        (json!({"type": "string"}), json!({"type": "integer", "minimum": 5, "maximum": 4})),
        (json!({"type": "string"}), json!({"type": "object", "properties": {"a": false}, "required": ["a"]})),
        (json!({"type": "string"}), json!({"enum": [1, 2], "minimum": 3})),
        (json!({"description": "old"}), json!({"description": "new"})),
    ];
    for (wide, narrow) in cases {
        assert_eq!(accepts(&wide, &narrow), Ok(()), "{wide} should accept {narrow}");
    }
}

#[test]
fn what_cannot_be_shown_is_a_misfit_with_a_reason() {
    let cases = [
        (json!(false), json!(true)),
        (json!({"type": "integer"}), json!({"type": "number"})),
        (json!({"type": "string"}), json!({})),
        (json!({"type": "string"}), json!({"minLength": 3})),
        (json!({"enum": ["a"]}), json!({"enum": ["a", "b"]})),
        (json!({"enum": ["a"]}), json!({"type": "string"})),
        (json!({"type": "string", "pattern": "a"}), json!({"type": "string", "pattern": "ab"})),
        (json!({"minimum": 1}), json!({"exclusiveMinimum": 0})),
        (json!({"multipleOf": 2}), json!({"multipleOf": 3})),
        (json!({"properties": {"a": {"type": "string"}}}), json!({"type": "object"})),
        (json!({"required": ["a"]}), json!({"type": "object"})),
        (json!({"additionalProperties": false, "properties": {"a": {}}}), json!({"type": "object", "required": ["a"]})),
        (json!({"items": {"type": "string"}}), json!({"type": "array"})),
        (json!({"oneOf": [{"type": "string"}, {"maxLength": 3}]}), json!({"type": "string", "maxLength": 2})),
        (json!({"not": {"minLength": 3}}), json!({"type": "string"})),
        (json!({"$ref": "#/nowhere"}), json!({"type": "string"})),
        (json!({"$ref": "other.json"}), json!({"$ref": "other.json"})),
        (json!({"$ref": "#"}), json!({"type": "string"})),
        (json!({"anyOf": [{"$ref": "#"}, {"type": "null"}]}), json!({"type": "string"})),
        (json!({"minLength": "3"}), json!({"type": "string"})),
        (json!({"$schema": "http://json-schema.org/draft-04/schema#", "maximum": 3}), json!({"maximum": 2})),
        (json!({"$schema": "http://json-schema.org/draft-07/schema#", "format": "date"}), json!({"type": "string"})),
        (json!({"unevaluatedProperties": false}), json!({"type": "object"})),
    ];
    let mut told = String::new();
    for (wide, narrow) in cases {
        let misfit = accepts(&wide, &narrow).expect_err(&format!("{wide} must not accept {narrow}"));
        writeln!(told, "{}: {}", misfit.pointer, misfit.message).unwrap();
    }
    insta::assert_snapshot!(told, @"
    : it takes nothing at all
    /type: it takes integer only, and number may be given
    /type: it takes string only, and other values may be given
    /type: it takes string only, and other values may be given
    /enum: it does not take `b`, which may be given
    /enum: it takes listed values only, and others may be given
    /pattern: it must satisfy `pattern: a`, and what is given need not
    /minimum: it must satisfy `minimum: 1`, and what is given need not
    /multipleOf: it must satisfy `multipleOf: 2`, and what is given need not
    /properties/a/type: `a` takes string only, and other values may be given
    /required: `a` is required, and need not be given
    /additionalProperties: it refuses keys that are not declared, and they may be given
    /items/type: `[]` takes string only, and other values may be given
    /oneOf: it cannot be shown that it takes all that may be given, by `oneOf`
    /not: it cannot be shown that it takes all that may be given, by `not`
    /$ref: it cannot be shown that it takes all that may be given, by `$ref`
    /$ref: it cannot be shown that it takes all that may be given, by `$ref`
    /$ref: it cannot be shown that it takes all that may be given, by `$ref`
    : it cannot be shown that it takes all that may be given, by `$ref`
    /minLength: it must satisfy `minLength: 3`, and what is given need not
    /$schema: it cannot be shown that it takes all that may be given, by `$schema`
    /format: it must satisfy `format: date`, and what is given need not
    /unevaluatedProperties: it cannot be shown that it takes all that may be given, by `unevaluatedProperties`
    ");
}

#[test]
fn all_misfits_are_told_at_once_with_both_places() {
    let wide = json!({"type": "object", "required": ["a"], "properties": {
        "a": {"type": "string", "maxLength": 5}, "b": {"type": "array", "items": {"enum": [1]}}}});
    let narrow = json!({"type": "object", "properties": {
        "a": {"type": ["string", "null"]}, "b": {"type": "array", "items": {"enum": [1, 2]}}}});
    let told = misfits((&wide).into(), (&narrow).into(), Undeclared::Free);
    let lines: Vec<String> = told.iter().map(|m| format!("{} {}: {}", m.pointer, m.narrow, m.message)).collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    /required : `a` is required, and need not be given
    /properties/a/type /properties/a/type: `a` takes string only, and null may be given
    /properties/a/maxLength /properties/a: `a` must satisfy `maxLength: 5`, and what is given need not
    /properties/b/items/enum /properties/b/items/enum: `b[]` does not take `2`, which may be given
    ");
}

#[test]
fn compatible_changes_that_authors_make_are_not_called_major() {
    let old = || {
        json!({"type": "object", "required": ["ticket"], "properties": {
            "ticket": {"type": "string", "maxLength": 100},
            "language": {"type": "string", "enum": ["English", "German"], "default": "English"},
            "customer": {"$ref": "#/$defs/customer"},
            "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 3}},
            "$defs": {"customer": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}}})
    };
    let with = |change: &dyn Fn(&mut Value)| {
        let mut new = old();
        change(&mut new);
        new
    };
    let cases: Vec<(&str, Bump, Value)> = vec![
        ("nothing", Bump::Patch, old()),
        ("a description", Bump::Patch, with(&|s| s["properties"]["ticket"]["description"] = json!("The thread."))),
        ("a title", Bump::Patch, with(&|s| s["title"] = json!("Input"))),
        ("a format", Bump::Patch, with(&|s| s["properties"]["ticket"]["format"] = json!("email"))),
        ("$schema", Bump::Patch, with(&|s| s["$schema"] = json!("https://json-schema.org/draft/2020-12/schema"))),
        ("an optional variable", Bump::Minor, with(&|s| s["properties"]["tone"] = json!({"type": "string"}))),
        (
            "an optional variable within",
            Bump::Minor,
            with(&|s| s["$defs"]["customer"]["properties"]["phone"] = json!({"type": "string"})),
        ),
        ("optional", Bump::Minor, with(&|s| s["required"] = json!([]))),
        (
            "a value",
            Bump::Minor,
            with(&|s| s["properties"]["language"]["enum"] = json!(["English", "German", "French"])),
        ),
        (
            "values in another order",
            Bump::Patch,
            with(&|s| {
                s["properties"]["language"]["enum"] = json!(["German", "English"]);
            }),
        ),
        ("a type", Bump::Minor, with(&|s| s["properties"]["ticket"]["type"] = json!(["string", "null"]))),
        ("a longer text", Bump::Minor, with(&|s| s["properties"]["ticket"]["maxLength"] = json!(200))),
        ("more items", Bump::Minor, with(&|s| s["properties"]["tags"]["maxItems"] = json!(5))),
        ("another default", Bump::Minor, with(&|s| s["properties"]["language"]["default"] = json!("German"))),
        ("required with a default", Bump::Patch, with(&|s| s["required"] = json!(["ticket", "language"]))),
        (
            "new, required and with a default",
            Bump::Minor,
            with(&|s| {
                s["properties"]["tone"] = json!({"type": "string", "default": "dry"});
                s["required"] = json!(["ticket", "tone"]);
            }),
        ),
        (
            "a definition written out",
            Bump::Patch,
            with(&|s| s["properties"]["customer"] = s["$defs"]["customer"].clone()),
        ),
        (
            "nullable by anyOf",
            Bump::Minor,
            with(&|s| {
                s["properties"]["ticket"] = json!({"anyOf": [{"type": "string", "maxLength": 100}, {"type": "null"}]});
            }),
        ),
    ];
    for (what, bump, new) in cases {
        assert_eq!(demands(old(), new.clone()), bump, "{what}: {}", input(old(), new));
    }
    assert_eq!(
        demands(json!({"properties": {"a": {}}}), json!({"type": "object", "properties": {"a": {}}})),
        Bump::Patch
    );
    assert_eq!(demands(json!({"type": "object"}), variables(json!({"a": {"type": "string"}}))), Bump::Minor);
}

#[test]
fn changes_of_the_input_are_told_to_the_author() {
    let old = json!({"type": "object", "required": ["ticket"], "properties": {
        "ticket": {"type": "string"}, "language": {"enum": ["English", "German", "French"], "default": "English"},
        "count": {"type": "number"}, "old": {"type": "string"},
        "customer": {"type": "object", "properties": {"name": {"type": "string"}, "phone": {"type": "string"}}}}});
    let new = json!({"type": "object", "required": ["ticket", "count", "x"], "properties": {
        "ticket": {"type": "string", "maxLength": 20}, "language": {"enum": ["English", "German", "Dutch"]},
        "count": {"type": "integer"}, "x": {"type": "string"}, "tone": {"type": "string"},
        "customer": {"type": "object", "required": ["name"], "additionalProperties": false,
            "properties": {"name": {"type": ["string", "null"]}}}}});
    insta::assert_snapshot!(input(old.clone(), new.clone()), @"
    Major /input_schema/properties/count/type: `count` takes integer only, not number
    Major /input_schema/properties/customer/additionalProperties: `customer` refuses keys that are not declared now
    Major /input_schema/properties/customer/properties/phone (old): `customer.phone` is gone
    Major /input_schema/properties/customer/required: `customer.name` is required now
    Major /input_schema/properties/language/enum: `language` no longer takes `French`
    Major /input_schema/properties/old (old): the variable `old` is gone
    Major /input_schema/properties/ticket/maxLength: `ticket` must satisfy `maxLength: 20` now
    Major /input_schema/properties/x: the variable `x` is new and required
    Major /input_schema/required: `count` is required now
    Minor /input_schema/properties/customer/properties/name/type: `customer.name` takes null too
    Minor /input_schema/properties/language: the variable `language` has no default any more
    Minor /input_schema/properties/language/enum: `language` takes `Dutch` too
    Minor /input_schema/properties/tone: the variable `tone` is new and optional
    ");
    insta::assert_snapshot!(input(new, old), @"
    Major /input_schema/properties/customer/properties/name/type: `customer.name` takes string only, not null
    Major /input_schema/properties/language/enum: `language` no longer takes `Dutch`
    Major /input_schema/properties/tone (old): the variable `tone` is gone
    Major /input_schema/properties/x (old): the variable `x` is gone
    Minor /input_schema/properties/count/type: `count` takes number too
    Minor /input_schema/properties/customer: `customer.name` is optional now
    Minor /input_schema/properties/customer: `customer` takes keys that are not declared now
    Minor /input_schema/properties/customer/properties/phone: `customer.phone` is new and optional
    Minor /input_schema/properties/language: the variable `language` defaults to `English` now
    Minor /input_schema/properties/language/enum: `language` takes `French` too
    Minor /input_schema/properties/old: the variable `old` is new and optional
    Minor /input_schema/properties/ticket: `ticket` need not satisfy `maxLength: 20` any more
    Minor /input_schema/required: `count` is optional now
    ");
}

#[test]
fn a_default_that_stood_in_for_a_variable_is_missed() {
    let with =
        |language: Value| json!({"type": "object", "required": ["language"], "properties": {"language": language}});
    insta::assert_snapshot!(input(with(json!({"default": "a"})), with(json!({}))), @"Major /input_schema/properties/language: the variable `language` has no default any more, so that it must be given");
    insta::assert_snapshot!(input(with(json!({})), with(json!({"type": "string", "default": 5}))), @"
    Major /input_schema/properties/language: the variable `language` must be given: its default `5` is none that it takes
    Major /input_schema/properties/language/type: `language` takes string only, not other values
    ");
    insta::assert_snapshot!(input(variables(json!({})), with(json!({"type": "string", "default": 5}))), @"Major /input_schema/properties/language: the variable `language` is new and must be given: its default `5` is none that it takes");
}

#[test]
fn changes_of_the_answer_are_told_to_those_who_read_it() {
    let old = json!({"type": "object", "required": ["summary", "mood"], "additionalProperties": false, "properties": {
        "summary": {"type": "string", "maxLength": 9}, "mood": {"enum": ["good", "bad"]}, "n": {"type": "integer"}}});
    let new = json!({"type": "object", "required": ["mood"], "additionalProperties": false, "properties": {
        "summary": {"type": "string"}, "mood": {"enum": ["good", "fair"]}, "extra": {"type": "string"}}});
    let file = |schema: &Value| json!({"content": "x", "output_schema": schema});
    insta::assert_snapshot!(changes(file(&old), file(&new)), @"
    Major /output_schema/properties/extra: in the answer, `extra` is new
    Major /output_schema/properties/mood/enum: in the answer, `mood` may be `fair` now
    Major /output_schema/properties/summary: in the answer, `summary` need not satisfy `maxLength: 9` any more
    Major /output_schema/required: in the answer, `summary` may be missing now
    Minor /output_schema/properties/mood/enum: in the answer, `mood` is never `bad` any more
    Minor /output_schema/properties/n (old): in the answer, `n` is gone
    ");
    insta::assert_snapshot!(changes(json!({"content": "x"}), file(&new)), @"Minor /output_schema: `output_schema` is new, and answers fit it");
    insta::assert_snapshot!(changes(file(&old), json!({"content": "x"})), @"Major /output_schema (old): `output_schema` is gone, and answers may be anything");
}

#[test]
fn changes_of_tools_are_told_to_those_who_execute_them() {
    let tool = |name: &str, properties: Value| json!({"name": name, "parameters": variables(properties)});
    let old = json!({"content": "x", "tools": [
        tool("find", json!({"id": {"type": "string"}, "limit": {"type": "integer", "maximum": 10}})),
        tool("drop", json!({})), {"type": "function", "function": {"name": "old_form"}}]});
    let new = json!({"content": "x", "tools": [
        tool("buy", json!({})),
        tool("find", json!({"id": {"type": ["string", "integer"]}, "limit": {"type": "integer", "maximum": 5},
            "page": {"type": "integer"}})),
        {"type": "function", "function": {"name": "old_form", "description": "D."}}]});
    insta::assert_snapshot!(changes(old, new), @"
    Major /tools/0: the tool `buy` is new, and callers must be able to execute it
    Major /tools/1/parameters/properties/id/type: in the arguments of `find`, `id` may be integer now, not string only
    Major /tools/1/parameters/properties/page: in the arguments of `find`, `page` is new
    Minor /tools/1 (old): the tool `drop` is gone
    Minor /tools/1/parameters/properties/limit/maximum: in the arguments of `find`, `limit` always satisfies `maximum: 5` now
    ");
}

#[test]
fn a_placeholder_that_is_renamed_is_gone_and_new() {
    let file = |name: &str| json!({"messages": [{"role": "user", "content": "x"}, {"placeholder": name}]});
    insta::assert_snapshot!(changes(file("history"), file("past")), @"
    Major /messages/1/placeholder (old): the placeholder `history` is gone, and callers' messages go nowhere
    Minor /messages/1/placeholder: the placeholder `past` is new
    ");
    insta::assert_snapshot!(changes(file("history"), json!({"content": "y", "parameters": {"temperature": 1}})), @"Major /messages/1/placeholder (old): the placeholder `history` is gone, and callers' messages go nowhere");
}

#[test]
fn hostile_schemas_are_too_intricate_rather_than_slow_or_deep() {
    let deep = (0..200).fold(json!({}), |inner, _| json!({"items": inner}));
    assert!(accepts(&deep, &json!({"type": "array"})).unwrap_err().message.contains("too intricate"));
    let nested = |end: Value| {
        (0..9).fold(end, |inner, _| json!({"type": "object", "properties": {"a": {"anyOf": [{"allOf": [inner]}]}}}))
    };
    assert_eq!(accepts(&nested(json!({"type": "number"})), &nested(json!({"type": "integer"}))), Ok(()));
    assert!(accepts(&nested(json!({"type": "integer"})), &nested(json!({"type": "number"}))).is_err());
    // Every level asks for the next one in several branches, on both sides.
    let bush = |kind: &str| {
        let mut defs = serde_json::Map::new();
        for i in 0..60 {
            let next = json!({"$ref": format!("#/$defs/d{}", i + 1)});
            let branch = |key: &str| json!({"properties": {key: next}});
            defs.insert(format!("d{i}"), json!({"anyOf": [branch("a"), branch("b"), branch("c")]}));
        }
        defs.insert("d60".to_owned(), json!({"type": kind}));
        json!({"$ref": "#/$defs/d0", "$defs": defs})
    };
    let started = std::time::Instant::now();
    assert!(accepts(&bush("string"), &bush("integer")).is_err());
    assert!(started.elapsed() < std::time::Duration::from_secs(10), "{:?}", started.elapsed());
}
