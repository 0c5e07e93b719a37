//! One test per rule, on the types that one would write.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::contracts::compare::compare;
use crate::contracts::contract::schema_of;
use crate::contracts::rule::Rule;

/// The findings, as `RULE FIELD: WHAT`.
fn findings(old: &Value, new: &Value) -> Vec<String> {
    let changes = compare(old, new);
    changes.findings.iter().map(|one| format!("{} {}: {}", one.rule, one.field, one.what)).collect()
}

fn between<Old: JsonSchema, New: JsonSchema>() -> Vec<String> {
    findings(&schema_of::<Old>(), &schema_of::<New>())
}

/// A struct with one field.
macro_rules! one {
    ($name:ident { $(#[$attribute:meta])* $field:ident: $type:ty }) => {
        #[derive(Serialize, JsonSchema)]
        #[allow(dead_code)]
        struct $name { $(#[$attribute])* $field: $type }
    };
}

one!(Text { value: String });
one!(Whole { value: i32 });
one!(Wide { value: i64 });
one!(Small { value: u8 });
one!(Fraction { value: f64 });
one!(Nullable { value: Option<String> });
one!(Absent { #[serde(skip_serializing_if = "Option::is_none")] value: Option<String> });
one!(Renamed { text: String });
one!(RenamedAndDocumented {
    #[doc = "A text."]
    text: String
});
one!(RenamedInRust {
    #[serde(rename = "value")]
    text: String
});
one!(Anything { value: Value });
one!(Texts { value: Vec<String> });
one!(Wholes { value: Vec<i32> });
one!(Pair { value: (String, i32) });
one!(Triple { value: (String, i32, i32) });
one!(Map { value: BTreeMap<String, i32> });
one!(WideMap { value: BTreeMap<String, i64> });
one!(Nested { inner: Nullable });
one!(NestedText { inner: Text });
one!(Lines { lines: Vec<Text> });
one!(WholeLines { lines: Vec<Whole> });

#[derive(Serialize, JsonSchema)]
struct Nothing {}

#[derive(Serialize, JsonSchema)]
#[allow(dead_code)]
struct More {
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    count: i32,
}

#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Closed {
    value: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct ClosedMore {
    value: String,
    count: i32,
}

#[test]
fn field_removed() {
    assert_eq!(between::<Text, Nothing>(), ["field-removed value: the field is gone"]);
    assert_eq!(
        between::<Text, Renamed>(),
        ["field-removed value: the field is gone; is it called `text` now?"]
    );
    assert_eq!(between::<Text, RenamedAndDocumented>(), between::<Text, Renamed>());
    assert_eq!(between::<Absent, Nothing>(), ["field-removed value: the field is gone"]);
}

#[test]
fn field_added_to_closed() {
    let what = "the field is new, and the contract said that it holds nothing else";
    assert_eq!(between::<Closed, ClosedMore>(), [format!("field-added-to-closed count: {what}")]);
    let what = "said that it holds no other fields than it names, and does not say so now";
    assert_eq!(between::<Closed, Text>(), [format!("type-widened : {what}")]);
}

#[test]
fn optional_made_required() {
    assert_eq!(
        between::<Nullable, Text>(),
        ["optional-made-required value: could be null, and never is again"]
    );
    assert_eq!(
        between::<Absent, Text>(),
        ["optional-made-required value: could be left out, and never is again"]
    );
    assert_eq!(
        between::<Nested, NestedText>(),
        ["optional-made-required inner.value: could be null, and never is again"]
    );
}

#[test]
fn required_made_optional() {
    assert_eq!(between::<Text, Nullable>(), ["required-made-optional value: was never null, and may be now"]);
    let left_out = ["required-made-optional value: was always there, and may be left out now"];
    assert_eq!(between::<Text, Absent>(), left_out);
    assert_eq!(between::<Nullable, Absent>(), left_out);
}

#[test]
fn type_changed() {
    assert_eq!(between::<Text, Whole>(), ["type-changed value: was a text, and is a whole number now"]);
    assert_eq!(between::<Text, Texts>(), ["type-changed value: was a text, and is a list now"]);
    assert_eq!(between::<Texts, Wholes>(), ["type-changed value[]: was a text, and is a whole number now"]);
    assert_eq!(
        between::<Lines, WholeLines>(),
        ["type-changed lines[].value: was a text, and is a whole number now"]
    );
    assert_eq!(
        between::<Pair, Triple>(),
        [
            "type-widened value: was a list with a length from 2 to 2, and is a list with a length from 3 to 3 now",
            "type-narrowed value: was a list with a length from 2 to 2, and is a list with a length from 3 to 3 now",
            "type-changed value: was a list with 2 places of their own, and has 3 now",
        ]
    );
    let uuid = json!({ "type": "string", "format": "uuid" });
    assert_eq!(
        findings(&uuid, &json!({ "type": "string", "format": "date" })),
        [r#"type-changed : had `format` "uuid", and has "date" now"#]
    );
}

#[test]
fn type_narrowed() {
    assert_eq!(between::<Wide, Whole>(), ["type-narrowed value: was int64, and is int32 now"]);
    assert_eq!(between::<Fraction, Whole>(), ["type-narrowed value: was a number, and is a whole one now"]);
    assert_eq!(between::<Anything, Text>(), ["type-narrowed value: could be anything, and is a text now"]);
    assert_eq!(
        findings(&json!({ "type": ["string", "integer"] }), &json!({ "type": "string" })),
        ["type-narrowed : is never a whole number again that it could be"]
    );
}

#[test]
fn type_widened() {
    assert_eq!(between::<Whole, Wide>(), ["type-widened value: was int32, and is int64 now"]);
    assert_eq!(
        between::<Whole, Fraction>(),
        ["type-widened value: was a whole number, and may have a fraction now"]
    );
    assert_eq!(between::<Text, Anything>(), ["type-widened value: was a text, and may be anything now"]);
    assert_eq!(between::<Map, WideMap>(), ["type-widened value.*: was int32, and is int64 now"]);
    assert_eq!(
        between::<Small, Whole>(),
        ["type-widened value: was uint8, and is int32 now"],
        "no value of the old type is lost"
    );
}

#[derive(Serialize, JsonSchema)]
#[allow(dead_code)]
enum Size {
    /// A documented value.
    Small,
    Large,
}

#[derive(Serialize, JsonSchema)]
#[allow(dead_code)]
enum Sizes {
    Small,
    Large,
    Huge,
    Giant,
}

#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[allow(dead_code)]
enum Payment {
    Card { number: String },
    Cash,
}

#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[allow(dead_code)]
enum Payments {
    Card { number: i64 },
    Voucher { code: String },
}

#[derive(Serialize, JsonSchema)]
#[allow(dead_code)]
enum Shape {
    Point,
    Circle { radius: i32 },
}

#[derive(Serialize, JsonSchema)]
#[allow(dead_code)]
enum Shapes {
    Point,
    Circle { radius: i64 },
    Square(i32),
}

#[test]
fn enum_value_removed() {
    assert_eq!(
        between::<Sizes, Size>(),
        [r#"enum-value-removed : `"Huge"` is never written again, `"Giant"` is never written again"#]
    );
    assert_eq!(between::<Shapes, Shape>()[1..], ["enum-value-removed : `Square` is never written again"]);
}

#[test]
fn enum_value_added() {
    assert_eq!(
        between::<Size, Sizes>(),
        [r#"enum-value-added : `"Huge"` may be written now, `"Giant"` may be written now"#]
    );
    assert_eq!(
        between::<Payment, Payments>(),
        [
            "type-changed (kind=card).number: was a text, and is a whole number now",
            "enum-value-removed : `kind=cash` is never written again",
            "enum-value-added : `kind=voucher` may be written now",
        ]
    );
    assert_eq!(
        between::<Shape, Shapes>(),
        [
            "type-widened Circle.radius: was int32, and is int64 now",
            "enum-value-added : `Square` may be written now",
        ]
    );
    assert_eq!(
        between::<Size, String>(),
        [r#"type-widened : was one of `"Large"`, `"Small"`, and is a text now"#]
    );
    assert_eq!(
        between::<String, Size>(),
        [r#"type-narrowed : was a text, and is one of `"Large"`, `"Small"` now"#]
    );
}

#[derive(Serialize, JsonSchema)]
#[allow(dead_code)]
struct Tree {
    value: i32,
    children: Vec<Tree>,
    left: Option<Box<Tree>>,
}

#[derive(Serialize, JsonSchema)]
#[allow(dead_code)]
struct TextTree {
    value: String,
    children: Vec<TextTree>,
    left: Option<Box<TextTree>>,
}

#[test]
fn a_recursive_type_ends() {
    assert!(between::<Tree, Tree>().is_empty());
    let found = between::<Tree, TextTree>();
    assert!(
        found.contains(&"type-changed value: was a whole number, and is a text now".to_owned()),
        "{found:?}"
    );
    let endless = json!({ "$ref": "#" });
    assert!(findings(&endless, &endless).is_empty());
    assert!(findings(&endless, &json!({ "anyOf": [{ "$ref": "#" }, { "$ref": "#" }] })).is_empty());
}

#[test]
fn a_new_field_is_allowed() {
    let changes = compare(&schema_of::<Text>(), &schema_of::<More>());
    assert_eq!(changes.findings, []);
    let allowed: Vec<String> = changes.allowed.iter().map(ToString::to_string).collect();
    assert_eq!(
        allowed,
        [
            "allowed at `count`: the field is new; events that are stored already do without it, so who reads it takes it as optional",
            "allowed at `note`: the field is new, and optional",
        ]
    );
}

#[test]
fn what_readers_cannot_see_is_no_change() {
    assert!(between::<Text, RenamedInRust>().is_empty(), "a Rust name");
    let documented = json!({ "type": "string", "description": "a name", "title": "T", "examples": ["a"] });
    assert!(findings(&json!({ "type": "string" }), &documented).is_empty(), "documentation");
    let defined = json!({ "$defs": { "T": { "type": "string" } }, "$ref": "#/$defs/T" });
    assert!(findings(&json!({ "type": "string" }), &defined).is_empty(), "where a schema stands");
    let one_of = json!({ "oneOf": [{ "const": "b" }, { "enum": ["a"] }] });
    assert!(findings(&json!({ "type": "string", "enum": ["a", "b"] }), &one_of).is_empty(), "its form");
}

#[test]
fn every_rule_has_a_name_and_a_reason_of_its_own() {
    for (index, rule) in Rule::ALL.iter().enumerate() {
        assert!(Rule::ALL[..index].iter().all(|other| other.as_str() != rule.as_str()));
        assert!(!rule.reason().is_empty());
    }
}
