//! What the schema room promises, on small files and hostile schemas.

use super::{bounds::DEPTH, *};
use proptest::prelude::*;
use serde_json::json;

fn told(faults: &[Fault]) -> String {
    faults
        .iter()
        .map(|fault| {
            let help = fault.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{:?} {}: {}{help}", fault.about, fault.pointer, fault.message)
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn every_kind_has_a_schema_that_compiles() {
    for kind in Kind::ALL {
        assert!(own(kind).is_some(), "{kind}");
        assert_eq!(told(&check(&own(kind).unwrap().schema)), "", "{kind}");
    }
}

#[test]
fn all_faults_of_a_prompt_are_told_at_once_and_each_once() {
    let file = json!({
        "desciption": "x", "status": "actve", "owner": "Ana", "tags": ["ok", 7, "ok-"], "labels": {"production": 1.1, "Staging": "1.0"},
        "deprecated": {"1.0": "old", "1.0.0": ""}, "display_name": null, "zzz": 1, "x-team": 1,
        "variants": {"production": {"split": {"1.0.0": 120}, "overrides": [{"client": "a"}]}},
    });
    insta::assert_snapshot!(told(&faults(Kind::Prompt, &file)), @"
    Key /deprecated/1.0: `1.0` is not a version number: write three numbers such as 1.2.0, or a pre-release such as 1.2.0-rc.1
    Value /deprecated/1.0.0: `1.0.0` is empty
    Key /desciption: unknown key `desciption` (did you mean `description`?)
    Value /display_name: expected text, found nothing (write a value, or leave the key out)
    Key /labels/Staging: `Staging` is not a label: write lower-case letters and digits, in words joined by single hyphens, and the version behind it, such as production: 1.2.0
    Value /labels/Staging: `1.0` is not a version number: write three numbers such as 1.2.0, or a pre-release such as 1.2.0-rc.1
    Value /labels/production: expected text, found a number (write three numbers such as 1.2.0, or a pre-release such as 1.2.0-rc.1)
    Value /owner: `Ana` is not a name: write lower-case letters and digits, in words joined by single hyphens
    Value /status: `status` must be one of active, archived; it is `actve` (did you mean `active`?)
    Value /tags/1: expected text, found a number (write it in quotes)
    Value /tags/2: `ok-` is not a name: write lower-case letters and digits, in words joined by single hyphens
    Value /variants/production/overrides/0: missing key `version`
    Value /variants/production/split/1.0.0: `1.0.0` is more than 100
    Key /zzz: unknown key `zzz`
    ");
}

#[test]
fn a_version_says_its_text_exactly_once() {
    let of = |file: Value| told(&faults(Kind::Version, &file));
    insta::assert_snapshot!(of(json!({})), @"Value : missing key `messages`, or `content` for a single user message");
    insta::assert_snapshot!(of(json!({"contnet": "x"})), @"Key /contnet: unknown key `contnet` (did you mean `content`?)");
    insta::assert_snapshot!(of(json!({"content": "x", "messages": []})), @"Key /messages: `messages` may not stand here (`content` is short for a single user message; keep one of the two)");
    insta::assert_snapshot!(of(json!({"messages": []})), @"Value /messages: `messages` is empty");
    insta::assert_snapshot!(of(json!(["x"])), @"Value : expected a map, found a list");
    let messages = json!({"messages": [
        {"rol": "system", "content": "x"}, {"role": "robot", "content": 1}, "text", {"placeholder": "history", "content": "x"}, {},
    ]});
    insta::assert_snapshot!(of(messages), @"
    Key /messages/0/rol: unknown key `rol` (did you mean `role`?)
    Value /messages/1/content: expected text, found a number (write it in quotes)
    Value /messages/1/role: `role` must be one of system, user, assistant, tool; it is `robot`
    Value /messages/2: expected a map, found text
    Key /messages/3/content: unknown key `content` (known here: placeholder)
    Value /messages/4: missing key `content`
    Value /messages/4: missing key `role`
    ");
}

#[test]
fn a_trigger_is_judged_by_its_type() {
    let of = |trigger: Value| {
        told(&faults(Kind::Workflow, &json!({"steps": [{"id": "a", "prompt": "b"}], "triggers": [trigger]})))
    };
    insta::assert_snapshot!(of(json!({"id": "a", "type": "schedul"})), @"Value /triggers/0/type: `type` must be one of manual, schedule, webhook; it is `schedul` (did you mean `schedule`?)");
    insta::assert_snapshot!(of(json!({"id": "a", "type": "schedule"})), @"Value /triggers/0: missing key `cron`");
    insta::assert_snapshot!(of(json!({"id": "a", "type": "schedule", "cron": "daily", "secret": {"env": "A"}})), @"
    Value /triggers/0/cron: `daily` is not a schedule: write five fields (minute, hour, day of month, month, day of week), such as 0 7 * * 1-5
    Key /triggers/0/secret: `secret` may not stand here (it is only for triggers of type webhook)
    ");
    insta::assert_snapshot!(of(json!({"id": "a", "type": "webhook", "cron": "0 7 * * *", "secret": "hunter2"})), @"
    Key /triggers/0/cron: `cron` may not stand here (it is only for triggers of type schedule)
    Value /triggers/0/secret: expected a map, found text (a secret is never in a file: say where it is found, by `{env: NAME}` or by `{file: PATH}`)
    ");
    insta::assert_snapshot!(of(json!({"id": "a", "type": "webhook", "secret": {"env": "sk-live-123", "file": "hunter2"}})), @"
    Value /triggers/0/secret: a secret is never in a file: say where it is found, by `{env: NAME}` or by `{file: PATH}`
    Value /triggers/0/secret/env: `env` is not the name of an environment variable; the secret itself must not stand here
    Value /triggers/0/secret/file: `file` is not an absolute path; the secret itself must not stand here
    ");
    insta::assert_snapshot!(of(json!({"type": "manual"})), @"Value /triggers/0: missing key `id`");
}

#[test]
fn other_kinds_tell_their_faults_in_plain_words() {
    insta::assert_snapshot!(told(&faults(Kind::Policy, &json!({"checks": [{"forbid_patern": "a"}, {}, {"max_tokens": "9", "forbid_variable": "x"}]}))), @"
    Key /checks/0/forbid_patern: unknown key `forbid_patern` (did you mean `forbid_pattern`?)
    Value /checks/1: a check has exactly one key
    Value /checks/2: a check has exactly one key
    Value /checks/2/max_tokens: expected a whole number, found text (write it without quotes)
    ");
    insta::assert_snapshot!(told(&faults(Kind::Hook, &json!({"type": "email", "target_url": "https://a", "events": []}))), @"
    Value /events: `events` is empty
    Value /target_url: `https://a` is not an e-mail address: write one such as mailto:team@example.org
    ");
    insta::assert_snapshot!(told(&faults(Kind::Role, &json!({"permissions": ["raed", "read", "read"]}))), @"Value /permissions: `permissions` holds the same entry twice");
    insta::assert_snapshot!(told(&faults(Kind::Tags, &json!({"A b": {}, "ok": null, "fine": {"descripton": "x"}}))), @"
    Key /A b: `A b` is not a name: write lower-case letters and digits, in words joined by single hyphens
    Key /fine/descripton: unknown key `descripton` (did you mean `description`?)
    Value /ok: expected a map, found nothing (write a value, or leave the key out)
    ");
    insta::assert_snapshot!(told(&faults(Kind::Workflow, &json!({"step": []}))), @"Key /step: unknown key `step` (did you mean `steps`?)");
    insta::assert_snapshot!(told(&faults(Kind::Registry, &json!({"registry": {"name": "acme"}, "lint": {"a": "warning"}, "limits": {"file_bytes": 1.5}}))), @"
    Value /limits/file_bytes: expected a whole number, found one with a fraction
    Value /lint/a: `a` must be one of off, warn, error; it is `warning`
    Value /registry: missing key `id`
    ");
    insta::assert_snapshot!(told(&faults(Kind::Collection, &Value::Null)), @"Value : expected a map, found nothing (write a value, or leave the key out)");
}

fn refusal(schema: Value) -> String {
    told(&Compiled::new(&schema).unwrap_err())
}

#[test]
fn the_faults_of_a_schema_point_into_it() {
    insta::assert_snapshot!(refusal(json!({"type": "objekt", "properties": {"a": {"minLength": -1}, "b": 3}, "required": "a"})), @"
    Value /properties/a/minLength: `minLength` is less than 0
    Value /properties/b: expected true or false or a map, found a number
    Value /required: expected a list, found text (write it as `[…]`, or after a `- `)
    Value /type: `type` must be one of array, boolean, integer, null, number, object, string; it is `objekt` (did you mean `object`?)
    ");
    insta::assert_snapshot!(refusal(json!({"properties": {"a": {"pattern": "(?=x)"}}})), @"Value /properties/a/pattern: `(?=x)` is not a regular expression that can be used (look-arounds and back-references are not supported, and it must not grow too large)");
    insta::assert_snapshot!(refusal(json!({"properties": {"a": {"pattern": "(x"}}})), @"Value /properties/a/pattern: `(x` is not a regular expression that can be used (look-arounds and back-references are not supported, and it must not grow too large)");
    insta::assert_snapshot!(refusal(json!({"patternProperties": {"a": {"pattern": "(x{1000}){1000}"}}})), @"Value /patternProperties/a/pattern: `(x{1000}){1000}` is not a regular expression that can be used (look-arounds and back-references are not supported, and it must not grow too large)");
    insta::assert_snapshot!(refusal(json!({"properties": {"a": {"$ref": "#/$defs/b"}, "c": {"$ref": "https://example.org/x.json"}}})), @"
    Value /properties/a/$ref: `#/$defs/b` leads nowhere (write a pointer into the schema, such as `#/$defs/name`)
    Value /properties/c/$ref: `https://example.org/x.json` is another document (only references within the schema are followed, such as `#/$defs/name`)
    ");
    insta::assert_snapshot!(refusal(json!({"$schema": "https://example.org/mine"})), @"Value /$schema: `$schema` names a dialect that is not known (write https://json-schema.org/draft/2020-12/schema, or leave it out)");
    insta::assert_snapshot!(refusal(json!("text")), @"Value : expected true or false or a map, found text");
}

#[test]
fn a_schema_that_leads_back_to_itself_is_refused_and_one_that_goes_inwards_is_not() {
    insta::assert_snapshot!(refusal(json!({"$ref": "#"})), @"Value /$ref: this leads back to itself without going into the value");
    insta::assert_snapshot!(refusal(json!({"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"})), @"Value /$defs/b/$ref: this leads back to itself without going into the value");
    let tree = json!({"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#"}}}});
    let tree = Compiled::new(&tree).unwrap();
    assert_eq!(tree.faults(&json!({"children": [{"children": []}]})), []);
    insta::assert_snapshot!(told(&tree.faults(&json!({"children": [{"children": [3]}]}))), @"Value /children/0/children/0: expected a map, found a number");
}

#[test]
fn hostile_schemas_and_inputs_are_refused_before_they_can_do_harm() {
    let mut deep = json!({});
    for _ in 0..200 {
        deep = json!({"not": deep});
    }
    insta::assert_snapshot!(refusal(deep.clone()), @"Value : this schema is nested deeper than 64 levels");
    insta::assert_snapshot!(refusal(json!({"enum": (0..20_000).collect::<Vec<_>>()})), @"Value : this schema has more than 10000 values");
    let chain: serde_json::Map<_, _> =
        (0..1_000).map(|i| (format!("d{i}"), json!({"$ref": format!("#/$defs/d{}", i + 1)}))).collect();
    let mut chain = json!({"$ref": "#/$defs/d0", "$defs": chain});
    chain["$defs"]["d1000"] = json!({});
    assert!(refusal(chain).contains("too many schemas lie in each other"));
    let laughs: serde_json::Map<_, _> = (0..40)
        .map(|i| {
            let next = json!({"$ref": format!("#/$defs/d{}", i + 1)});
            (format!("d{i}"), json!({"allOf": [next, next]}))
        })
        .collect();
    let mut laughs = json!({"$ref": "#/$defs/d0", "$defs": laughs});
    laughs["$defs"]["d40"] = json!({});
    assert!(refusal(laughs).contains("too many schemas"));
    insta::assert_snapshot!(told(&Compiled::new(&json!({})).unwrap().faults(&deep)), @"Value : this is nested deeper than 64 levels");
}

#[test]
fn an_input_is_judged_in_plain_words_and_filled_with_defaults() {
    let schema = json!({
        "type": "object", "required": ["ticket"], "additionalProperties": false,
        "properties": {
            "ticket": {"type": "string", "minLength": 3},
            "language": {"enum": ["English", "German"], "default": "English"},
            "size": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "shape": {"oneOf": [
                {"type": "object", "required": ["r"], "properties": {"kind": {"const": "circle"}, "r": {"type": "number"}}},
                {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "square"}, "a": {"type": "number"}}},
            ]},
            "options": {"$ref": "#/$defs/options", "default": {}},
        },
        "$defs": {"options": {"type": "object", "properties": {"short": {"type": "boolean", "default": true}}}},
    });
    let schema = Compiled::new(&schema).unwrap();
    let input = json!({"ticket": "x", "language": "german", "size": "big", "shape": {"kind": "circle", "r": "1"}, "tickets": 1});
    insta::assert_snapshot!(told(&schema.faults(&input)), @"
    Value /language: `language` must be one of English, German; it is `german` (did you mean `German`?)
    Value /shape/r: expected a number, found text (write it without quotes)
    Value /size: expected a whole number or nothing, found text
    Value /ticket: `ticket` is shorter than 3 characters
    Key /tickets: unknown key `tickets` (did you mean `ticket`?)
    ");
    let filled = schema.with_defaults(json!({"ticket": "abc"}).as_object().unwrap());
    assert_eq!(Value::Object(filled), json!({"ticket": "abc", "language": "English", "options": {"short": true}}));
}

#[test]
fn pointers_are_escaped_and_their_tokens_are_not() {
    let schema = Compiled::new(&json!({"additionalProperties": {"type": "string"}})).unwrap();
    let faults = schema.faults(&json!({"a/b~c": 1}));
    assert_eq!(faults[0].pointer, "/a~1b~0c");
    assert_eq!(faults[0].tokens().collect::<Vec<_>>(), ["a/b~c"]);
}

/// A schema of `levels` schemas that lie in each other, the innermost of which leads back to the first for what lies
/// under the key `a` of the value.
fn winding(levels: usize) -> Value {
    let link = |next: usize| json!({"allOf": [{"$ref": format!("#/$defs/d{next}")}]});
    let mut schema = json!({"$ref": "#/$defs/d0", "$defs": {}});
    for i in 0..levels {
        schema["$defs"][format!("d{i}")] = link(i + 1);
    }
    schema["$defs"][format!("d{levels}")] = json!({"type": "object", "properties": {"a": {"$ref": "#"}}});
    schema
}

#[test]
fn the_most_winding_schema_and_the_deepest_input_that_are_allowed_fit_on_a_small_stack() {
    let most = (0..100).rev().map(winding).find_map(|schema| Compiled::new(&schema).ok()).unwrap();
    let nested = |end: Value| (0..DEPTH - 1).fold(end, |inner, _| json!({"a": inner}));
    assert_eq!(most.faults(&nested(json!({}))), []);
    assert_eq!(most.faults(&nested(json!(7))).len(), 1);
}

#[test]
fn a_long_chain_of_schemas_that_goes_ever_further_inwards_does_no_harm() {
    let link = |i: usize| json!({"properties": {"a": {"$ref": format!("#/$defs/d{}", i + 1)}}});
    let mut defs: serde_json::Map<_, _> = (0..1_900).map(|i| (format!("d{i}"), link(i))).collect();
    defs.insert("d1900".to_owned(), json!(false));
    let chain = Compiled::new(&json!({"$ref": "#/$defs/d0", "$defs": defs})).unwrap();
    assert_eq!(chain.faults(&json!({"a": {"a": {"a": 1}}})), []);
}

#[test]
fn an_input_that_would_be_judged_ever_so_often_is_refused_at_once() {
    let twice = json!({"properties": {"a": {"$ref": "#"}}});
    let schema = Compiled::new(&json!({"allOf": [twice, twice]})).unwrap();
    let nested = |levels: usize| (0..levels).fold(json!({}), |inner, _| json!({"a": inner}));
    assert_eq!(schema.faults(&nested(8)), []);
    insta::assert_snapshot!(told(&schema.faults(&nested(60))), @"Value : this is too intricate to be judged by its schema");
}

/// Any JSON that is made of the words of schemas.
fn schema_like() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        (-3..4_i64).prop_map(Value::from),
        prop::sample::select(vec!["#", "#/$defs/a", "#/properties/a", "object", "string", "^a+$", "(?=a)", "a"])
            .prop_map(Value::from),
    ];
    let keys = vec![
        "$ref",
        "$defs",
        "properties",
        "a",
        "items",
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "if",
        "then",
        "type",
        "required",
        "pattern",
        "minLength",
        "enum",
        "const",
        "additionalProperties",
        "propertyNames",
        "uniqueItems",
        "default",
        "contains",
        "dependentSchemas",
        "$id",
        "$schema",
        "$anchor",
        "$dynamicRef",
        "prefixItems",
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        let key = prop::sample::select(keys.clone()).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(key, inner, 0..5).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_stands_where_a_schema_should_is_judged_or_refused(schema in schema_like(), input in schema_like()) {
        match Compiled::new(&schema) {
            Ok(compiled) => {
                let faults = compiled.faults(&input);
                prop_assert!(faults.iter().all(|fault| fault.about == About::Key || input.pointer(&fault.pointer).is_some()));
            }
            Err(faults) => {
                prop_assert!(!faults.is_empty());
                for fault in faults {
                    prop_assert!(fault.about == About::Key || schema.pointer(&fault.pointer).is_some(), "{fault:?}");
                }
            }
        }
    }
}
