//! The schemas that annotations derive, as the files of accepted contracts.

#![cfg(feature = "contracts")]

use edafw::contracts::{JsonSchema, Status, check};
use edafw::{App, CatalogueFormat, Sqlite, domain_event, external_event};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

edafw::service!("shop");

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "edafw::contracts::schemars")]
struct Money {
    cents: i64,
    currency: Currency,
}

#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(crate = "edafw::contracts::schemars")]
enum Currency {
    Eur,
    Krw,
}

#[domain_event(name = "order.paid", key = order_no)]
struct OrderPaid {
    order_no: i64,
    amount: Money,
}

/// The key and nothing else.
#[external_event(name = "order.paid", version = 1, of = OrderPaid, zero_payload)]
struct OrderPaidV1 {
    order_no: i64,
}

#[external_event(name = "order.paid", version = 2, of = OrderPaid)]
#[serde(rename_all = "camelCase")]
struct OrderPaidV2 {
    order_no: i64,
    amount: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_by: Option<String>,
    #[serde(skip)]
    #[allow(dead_code)]
    cache: u8,
}

impl From<&OrderPaid> for OrderPaidV2 {
    fn from(event: &OrderPaid) -> Self {
        Self { order_no: event.order_no, amount: event.amount.clone(), paid_by: None, cache: 0 }
    }
}

/// With a schema of the user's own.
#[external_event(name = "order.rounded", version = 1, of = OrderPaid)]
#[derive(JsonSchema)]
#[schemars(crate = "edafw::contracts::schemars", deny_unknown_fields)]
struct OrderRoundedV1 {
    #[schemars(range(min = 0, max = 9))]
    digit: u8,
}

impl From<&OrderPaid> for OrderRoundedV1 {
    fn from(event: &OrderPaid) -> Self {
        Self { digit: event.order_no.rem_euclid(10) as u8 }
    }
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "edafw::contracts::schemars")]
struct Part {
    parts: Vec<Part>,
    size: (u8, u8),
}

// As if of another crate: without a schema.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
struct Colour(String);

/// With what takes more than one form to describe.
#[external_event(name = "order.packed", version = 1, of = OrderPaid)]
struct OrderPackedV1 {
    whole: Part,
    #[schemars(with = "String")]
    colour: Colour,
}

impl From<&OrderPaid> for OrderPackedV1 {
    fn from(_: &OrderPaid) -> Self {
        Self { whole: Part { parts: Vec::new(), size: (1, 2) }, colour: Colour("red".to_owned()) }
    }
}

/// Another service's contract, and its business.
#[external_event(name = "stock.counted", version = 1, source = "stock")]
#[allow(dead_code)]
struct StockCountedV1 {
    count: std::num::NonZeroU8,
}

fn app() -> edafw::AppBuilder<Sqlite> {
    App::builder("shop")
}

/// The accepted files.
fn accepted() -> Vec<(&'static str, Value)> {
    let about = |name: &str, version: u32| json!({ "name": name, "version": version, "source": "shop", "has_key": true });
    let schema = "https://json-schema.org/draft/2020-12/schema";
    let money = json!({
        "type": "object",
        "properties": {
            "cents": { "type": "integer", "format": "int64" },
            "currency": { "type": "string", "enum": ["EUR", "KRW"] },
        },
        "required": ["cents", "currency"],
    });
    vec![
        (
            "order.paid.v1.json",
            json!({
                "$schema": schema, "title": "order.paid version 1", "description": "The key and nothing else.",
                "x-edafw-contract": about("order.paid", 1),
                "type": "object",
                "properties": { "order_no": { "type": "integer", "format": "int64" } },
                "required": ["order_no"],
            }),
        ),
        (
            "order.paid.v2.json",
            json!({
                "$schema": schema, "title": "order.paid version 2",
                "x-edafw-contract": about("order.paid", 2),
                "type": "object",
                "properties": {
                    "orderNo": { "type": "integer", "format": "int64" },
                    "amount": money,
                    "paidBy": { "type": ["string", "null"] },
                },
                "required": ["amount", "orderNo"],
            }),
        ),
        (
            "order.rounded.v1.json",
            json!({
                "$schema": schema, "title": "order.rounded version 1",
                "description": "With a schema of the user's own.",
                "x-edafw-contract": about("order.rounded", 1),
                "type": "object",
                "properties": { "digit": { "type": "integer", "format": "uint8", "minimum": 0, "maximum": 9 } },
                "required": ["digit"],
                "additionalProperties": false,
            }),
        ),
        (
            "order.packed.v1.json",
            json!({
                "$schema": schema, "title": "order.packed version 1",
                "description": "With what takes more than one form to describe.",
                "x-edafw-contract": about("order.packed", 1),
                "type": "object",
                "properties": { "whole": part("#/$defs/Part", "prefixItems"), "colour": { "type": "string" } },
                "required": ["colour", "whole"],
                "$defs": { "Part": part("#/$defs/Part", "prefixItems") },
            }),
        ),
    ]
}

/// The schema of a part, where `itself` leads to it and `places` lists what is at each place of a list.
fn part(itself: &str, places: &str) -> Value {
    let byte = json!({ "type": "integer", "format": "uint8", "minimum": 0, "maximum": 255 });
    json!({
        "type": "object",
        "properties": {
            "parts": { "type": "array", "items": { "$ref": itself } },
            "size": { "type": "array", "minItems": 2, "maxItems": 2, places: [byte, byte] },
        },
        "required": ["parts", "size"],
    })
}

fn directory(files: &[(&str, Value)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (name, contract) in files {
        std::fs::write(directory.path().join(name), format!("{contract:#}\n")).expect("writes");
    }
    directory
}

#[test]
fn an_annotation_derives_what_is_written() {
    let directory = directory(&accepted());
    check(app(), directory.path()).expect("checks").assert_accepted();
}

#[test]
#[should_panic(
    expected = "type-changed at `amount`: was a text, and is an object now; readers cannot decode it"
)]
fn a_broken_contract_fails_a_test_with_the_text_of_the_command() {
    let mut files = accepted();
    files[1].1["properties"]["amount"] = json!({ "type": "string" });
    check(app(), directory(&files).path()).expect("checks").assert_compatible();
}

#[test]
fn an_allowed_change_is_compatible_and_not_accepted() {
    let files = accepted();
    let report = check(app(), directory(&files[..2]).path()).expect("checks");
    report.assert_compatible();
    assert!(!report.is_accepted());
    let statuses: Vec<(&str, u32, Status)> =
        report.contracts.iter().map(|one| (one.name.as_str(), one.version, one.status)).collect();
    assert_eq!(
        statuses,
        [
            ("order.packed", 1, Status::New),
            ("order.paid", 1, Status::Kept),
            ("order.paid", 2, Status::Kept),
            ("order.rounded", 1, Status::New),
        ]
    );
}

#[test]
fn a_service_without_contracts_needs_no_directory() {
    let report = check(App::<Sqlite>::builder("elsewhere"), "no/such/directory").expect("checks");
    assert_eq!(report.to_string(), "`elsewhere` gives no contract to other systems\n");
}

/// The document for tools.
fn document() -> Value {
    serde_json::from_str(&app().catalogue().print(CatalogueFormat::AsyncApi)).expect("JSON")
}

#[test]
fn the_document_for_tools_describes_the_data() {
    let document = document();
    let data = |event: &str| {
        let message = &document["components"]["messages"][event];
        let reference = message["payload"]["allOf"][1]["properties"]["data"]["$ref"].as_str()?;
        document.pointer(reference.trim_start_matches('#')).cloned()
    };
    let mut contracts = accepted();
    contracts.retain(|(file, _)| *file != "order.packed.v1.json");
    for (file, mut contract) in contracts {
        let root = contract.as_object_mut().expect("an object");
        root.remove("$schema");
        root.remove("x-edafw-contract");
        let event = format!("shop.external.{}", file.trim_end_matches(".json"));
        assert_eq!(data(&event), Some(contract), "{event}");
    }
    assert_eq!(data("shop.internal.order.paid.v1"), None, "what is inside of the service is not promised");
}

#[test]
fn the_document_for_tools_is_of_one_piece_and_in_draft_7() {
    let place = "components/schemas/shop.external.order.packed.v1";
    let schema = document().pointer(&format!("/{place}")).cloned().expect("a schema");
    let part = part(&format!("#/{place}/$defs/Part"), "items");
    assert_eq!(schema["properties"]["whole"], part);
    assert_eq!(schema["$defs"]["Part"], part);
}
