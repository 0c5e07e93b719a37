//! The promise behind the rules, on schemas that nobody wrote: where nothing is found, whatever is written by the new
//! schema can be read by the old one.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::contracts::compare::compare;

/// A schema of a handful of shapes, small enough that two of them often have to do with each other.
fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({ "type": "string" })),
        Just(json!({ "type": ["string", "null"] })),
        Just(json!({ "type": "boolean" })),
        Just(json!({ "type": "number", "format": "double" })),
        prop::sample::select(vec!["int8", "uint8", "int32", "int64"])
            .prop_map(|format| json!({ "type": "integer", "format": format })),
        prop::sample::subsequence(vec!["a", "b", "c"], 1..=3)
            .prop_map(|values| json!({ "type": "string", "enum": values })),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|items| json!({ "type": "array", "items": items })),
            inner.clone().prop_map(|values| json!({ "type": "object", "additionalProperties": values })),
            inner.clone().prop_map(|one| json!({ "anyOf": [one, { "type": "null" }] })),
            fields(inner.clone()),
            prop::collection::vec(inner, 1..=2).prop_map(|variants| {
                let tagged = ["x", "y"].iter().zip(variants).map(|(tag, value)| {
                    json!({ "type": "object", "required": ["kind", "value"],
                            "properties": { "kind": { "const": tag }, "value": value } })
                });
                json!({ "oneOf": tagged.collect::<Vec<_>>() })
            }),
        ]
    })
}

fn fields(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop::collection::btree_map(prop::sample::select(vec!["a", "b", "c"]), (inner, any::<bool>()), 0..=3)
        .prop_map(|fields| {
            let required: Vec<&str> =
                fields.iter().filter(|(_, (_, required))| *required).map(|(name, _)| *name).collect();
            let properties: Map<String, Value> =
                fields.iter().map(|(name, (schema, _))| ((*name).to_owned(), schema.clone())).collect();
            json!({ "type": "object", "properties": properties, "required": required })
        })
}

/// The schema with one small change somewhere in it, or none.
fn changed(schema: &Value, place: usize, change: &Value) -> Value {
    let mut left = place;
    replace(schema, &mut left, change)
}

fn replace(schema: &Value, left: &mut usize, change: &Value) -> Value {
    if *left == 0 {
        *left = usize::MAX;
        return change.clone();
    }
    *left = left.saturating_sub(1);
    let mut schema = schema.clone();
    for keyword in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get_mut(keyword) {
            *inner = replace(inner, left, change);
        }
    }
    for inner in schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        *inner.1 = replace(inner.1, left, change);
    }
    for keyword in ["anyOf", "oneOf"] {
        for inner in schema.get_mut(keyword).and_then(Value::as_array_mut).into_iter().flatten() {
            *inner = replace(inner, left, change);
        }
    }
    schema
}

/// Values that the schema describes, the ones at its edges among them.
fn written(schema: &Value) -> Vec<Value> {
    if let Some(branches) = schema.get("anyOf").or(schema.get("oneOf")).and_then(Value::as_array) {
        return branches.iter().flat_map(written).collect();
    }
    if let Some(constant) = schema.get("const") {
        return vec![constant.clone()];
    }
    if let Some(constants) = schema.get("enum").and_then(Value::as_array) {
        return constants.clone();
    }
    let format = schema["format"].as_str().unwrap_or_default();
    match &schema["type"] {
        Value::Array(_) => vec![Value::Null, json!("text")],
        Value::String(kind) => match kind.as_str() {
            "null" => vec![Value::Null],
            "boolean" => vec![json!(true)],
            "number" => vec![json!(0.5)],
            "integer" => {
                let (least, most) = bounds(format);
                vec![json!(least), json!(most)]
            }
            "string" => vec![json!("text")],
            "array" => vec![json!([]), Value::Array(written(&schema["items"]))],
            _ => objects(schema),
        },
        _ => unreachable!("the strategy makes no such schema: {schema}"),
    }
}

/// With everything, each field at each of its values; with what is required only.
fn objects(schema: &Value) -> Vec<Value> {
    if let Some(values) = schema.get("additionalProperties") {
        return written(values).into_iter().map(|value| json!({ "any": value })).collect();
    }
    let fields = schema["properties"].as_object().expect("fields");
    let is_required =
        |name: &String| schema["required"].as_array().expect("names").iter().any(|one| one == name);
    let first: Map<String, Value> =
        fields.iter().map(|(name, schema)| (name.clone(), written(schema).remove(0))).collect();
    let least: Map<String, Value> = first
        .iter()
        .filter(|(name, _)| is_required(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut objects = vec![Value::Object(least)];
    for (name, schema) in fields {
        for value in written(schema) {
            let mut object = first.clone();
            object.insert(name.clone(), value);
            objects.push(Value::Object(object));
        }
    }
    objects
}

fn bounds(format: &str) -> (i64, i64) {
    match format {
        "int8" => (-128, 127),
        "uint8" => (0, 255),
        "int32" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    }
}

/// Whether a reader that was written by the schema can decode the value: unknown fields are passed over.
fn readable(schema: &Value, value: &Value) -> bool {
    if let Some(branches) = schema.get("anyOf").or(schema.get("oneOf")).and_then(Value::as_array) {
        return branches.iter().any(|branch| readable(branch, value));
    }
    if let Some(constant) = schema.get("const") {
        return constant == value;
    }
    if let Some(constants) = schema.get("enum").and_then(Value::as_array) {
        return constants.contains(value);
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.clone(),
        kind => vec![kind.clone()],
    };
    let (least, most) = bounds(schema["format"].as_str().unwrap_or_default());
    kinds.iter().filter_map(Value::as_str).any(|kind| match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.as_i64().is_some_and(|value| (least..=most).contains(&value)),
        "string" => value.is_string(),
        "array" => value
            .as_array()
            .is_some_and(|values| values.iter().all(|value| readable(&schema["items"], value))),
        _ => value.as_object().is_some_and(|object| readable_object(schema, object)),
    })
}

fn readable_object(schema: &Value, object: &Map<String, Value>) -> bool {
    if let Some(values) = schema.get("additionalProperties") {
        return object.values().all(|value| readable(values, value));
    }
    let required = schema["required"].as_array().expect("names").iter().filter_map(Value::as_str);
    let fields = schema["properties"].as_object().expect("fields");
    required.into_iter().all(|name| object.contains_key(name))
        && fields.iter().all(|(name, schema)| object.get(name).is_none_or(|value| readable(schema, value)))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn where_nothing_is_found_old_readers_read_on(old in schema(), place in 0_usize..6, change in schema()) {
        let new = changed(&old, place, &change);
        if compare(&old, &new).findings.is_empty() {
            for value in written(&new) {
                prop_assert!(readable(&old, &value), "{value} of {new} by {old}");
            }
        }
    }

    #[test]
    fn where_nothing_is_found_new_readers_read_what_is_stored(old in schema(), place in 0_usize..6, change in schema()) {
        let new = changed(&old, place, &change);
        let changes = compare(&old, &new);
        if changes.findings.is_empty() && changes.allowed.is_empty() {
            for value in written(&old) {
                prop_assert!(readable(&new, &value), "{value} of {old} by {new}");
            }
        }
    }

    #[test]
    fn what_has_not_changed_is_not_found(schema in schema()) {
        let changes = compare(&schema, &schema);
        prop_assert!(changes.findings.is_empty() && changes.allowed.is_empty(), "{changes:?}");
    }
}
