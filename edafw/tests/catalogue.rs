//! The catalogue: where events arise and where they go, from the declarations alone.

use edafw::{
    App, AppBuilder, CatalogueFormat, ErrorKind, Failed, Failure, Sqlite, Tx, domain_event, external_event,
    subscriber,
};
use insta::assert_snapshot;
use serde_json::Value;

edafw::service!("shop");

#[domain_event(name = "order.paid", key = order_no, formerly = "order.settled")]
struct OrderPaid {
    order_no: i64,
}

#[domain_event(name = "invoice.failed", version = 2, upcast(1 = same))]
struct InvoiceFailed {
    order_no: i64,
}

fn same(data: Value) -> Result<Value, Failure> {
    if data.is_object() { Ok(data) } else { Err("an invoice is an object".into()) }
}

impl From<Failed<'_, OrderPaid>> for InvoiceFailed {
    fn from(failed: Failed<'_, OrderPaid>) -> Self {
        Self { order_no: failed.envelope.data.order_no }
    }
}

#[external_event(name = "order.paid", version = 1, of = OrderPaid, zero_payload)]
struct OrderPaidV1 {
    order_no: i64,
}

#[external_event(name = "parcel.sent", version = 3, source = "parcels")]
struct ParcelSentV3 {
    order_no: i64,
}

#[subscriber(layer = application, phase = before_commit, order = -1)]
async fn check_amount(_: &OrderPaid, _: &mut Tx<Sqlite>) -> Result<(), Failure> {
    Ok(())
}

#[subscriber(layer = internal, queue = "mail", on_failure = publish(InvoiceFailed), retry(max_attempts = 3))]
async fn write_invoice(_: &OrderPaid) -> Result<(), Failure> {
    Ok(())
}

#[subscriber(layer = external, ordering = none)]
async fn close_order(_: &ParcelSentV3) -> Result<(), Failure> {
    Ok(())
}

fn app() -> AppBuilder<Sqlite> {
    App::builder("shop")
}

fn document(format: CatalogueFormat) -> Value {
    serde_json::from_str(&app().catalogue().with_version("1.4.2").print(format)).expect("JSON")
}

#[test]
fn for_people() {
    assert_snapshot!(app().catalogue().print(CatalogueFormat::Markdown), @r#"
    # The events of `shop`

    Where every event arises and where it goes, as the code declares it. The worker's command `catalogue` writes this.

    ```mermaid
    flowchart LR
        c.parcels.parcel.sent.v3[/"parcel.sent v3"/]
        c.shop.order.paid.v1[/"order.paid v1"/]
        d.shop.invoice.failed.v2["invoice.failed v2"]
        d.shop.order.paid.v1["order.paid v1"]
        o(["other systems"])
        p.parcels(["parcels"])
        p.shop(["shop"])
        s.check_amount("check_amount")
        s.close_order("close_order")
        s.edafw/external.order.paid.v1("edafw-external.order.paid.v1")
        s.write_invoice("write_invoice")
        s.write_invoice -->|"on failure"| d.shop.invoice.failed.v2
        p.shop -->|"publishes"| d.shop.order.paid.v1
        d.shop.order.paid.v1 -->|"before_commit"| s.check_amount
        d.shop.order.paid.v1 -->|"internal, shop.mail"| s.write_invoice
        d.shop.order.paid.v1 -->|"internal, shop.edafw-external"| s.edafw/external.order.paid.v1
        s.edafw/external.order.paid.v1 -->|"publishes"| c.shop.order.paid.v1
        c.shop.order.paid.v1 -->|"shop.external"| o
        p.parcels -->|"publishes"| c.parcels.parcel.sent.v3
        c.parcels.parcel.sent.v3 -->|"external, shop.close_order"| s.close_order
    ```

    ## Domain events

    ### invoice.failed version 2

    - declared: `InvoiceFailed` in `edafw/tests/catalogue.rs`
    - order: none, it has no key
    - topic: `shop.internal`
    - arises: when `write_invoice` gives order.paid version 1 up, edafw/tests/catalogue.rs

    Nobody in this service subscribes to it.

    ### order.paid version 1

    - declared: `OrderPaid` in `edafw/tests/catalogue.rs`
    - formerly: order.settled
    - order: per key
    - topic: `shop.internal`
    - arises: where the code of `shop` publishes it
    - to other systems: as order.paid version 1, declared in `edafw/tests/catalogue.rs`

    | in the publishing process | phase | order | an error | declared in |
    |---|---|---|---|---|
    | `check_amount` | before_commit | -1 | rolls the transaction back; `commit` returns it | `edafw/tests/catalogue.rs` |

    | in the worker | layer | queue | attempts | on failure | declared in |
    |---|---|---|---|---|---|
    | `write_invoice` | internal | `shop.mail` | 3 attempts, 1s..5m apart | publishes invoice.failed v2 | `edafw/tests/catalogue.rs` |
    | `edafw-external.order.paid.v1` | internal | `shop.edafw-external` | 10 attempts, 1s..5m apart | kept as a dead letter; later events of its key flow on | `edafw/tests/catalogue.rs` |

    ## Contracts given

    ### order.paid version 1

    - declared: `OrderPaidV1` in `edafw/tests/catalogue.rs`
    - order: per key
    - topic: `shop.external`
    - arises: of order.paid version 1, by `edafw-external.order.paid.v1`

    Nobody in this service subscribes to it.

    ## Contracts taken

    ### parcel.sent version 3

    - declared: `ParcelSentV3`
    - topic: `parcels.external`
    - arises: at the service `parcels`

    | in the worker | layer | queue | attempts | on failure | declared in |
    |---|---|---|---|---|---|
    | `close_order` | external | `shop.close_order` | 10 attempts, 1s..5m apart | kept as a dead letter; later events of its key flow on | `edafw/tests/catalogue.rs` |

    ## Queues

    | queue | order | gets |
    |---|---|---|
    | `shop.close_order` | none | parcel.sent of `parcels.external` |
    | `shop.edafw-external` | per key | order.paid of `shop.internal`, order.settled of `shop.internal` |
    | `shop.edafw-recorder` | none | every event of `shop.external`, every event of `shop.internal` |
    | `shop.mail` | per key | order.paid of `shop.internal`, order.settled of `shop.internal` |
    "#);
}

#[test]
fn for_programs() {
    let catalogue = document(CatalogueFormat::Json);
    assert_eq!(catalogue["service"], "shop");
    let named = |name: &str, kind: &str| {
        let events = catalogue["events"].as_array().expect("a list");
        events.iter().find(|one| one["name"] == name && one["kind"] == kind).expect("the event").clone()
    };
    let arises = &named("invoice.failed", "domain_event")["arises"][0];
    assert_eq!(arises["how"], "failure");
    assert_eq!(arises["subscriber"], "write_invoice");
    assert_eq!(arises["location"], "edafw/tests/catalogue.rs", "without its line, which any edit would move");
    assert_eq!(named("order.paid", "domain_event")["arises"][0]["how"], "published");
    assert_eq!(named("order.paid", "external_event")["arises"][0]["how"], "contract");
    assert_eq!(named("parcel.sent", "external_event")["arises"][0]["service"], "parcels");
    assert_eq!(named("parcel.sent", "external_event")["in_worker"][0]["subscriber"], "close_order");
    assert_eq!(catalogue["topology"]["queues"][0]["name"], "shop.close_order");
}

/// Where a reference of the document points to.
fn target<'a>(document: &'a Value, reference: &Value) -> &'a Value {
    let pointer = reference["$ref"].as_str().expect("a reference").trim_start_matches('#');
    document.pointer(pointer).unwrap_or_else(|| panic!("{pointer} points to nothing"))
}

#[test]
fn for_tools() {
    let document = document(CatalogueFormat::AsyncApi);
    assert_eq!(document["info"]["version"], "1.4.2");
    let operations = document["operations"].as_object().expect("operations");
    let names: Vec<&str> = operations.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "publish.shop.external.order.paid.v1",
            "publish.shop.internal.invoice.failed.v2",
            "publish.shop.internal.order.paid.v1",
            "subscribe.close_order.v3",
            "subscribe.edafw-external.order.paid.v1.v1",
            "subscribe.write_invoice.v1",
        ]
    );
    for operation in operations.values() {
        let channel = target(&document, &operation["channel"]);
        let in_channel = target(&document, &operation["messages"][0]);
        let message = target(&document, in_channel);
        assert!(channel["messages"].as_object().expect("messages").values().any(|one| one == in_channel));
        assert_eq!(message["contentType"], "application/cloudevents+json");
        target(&document, &message["correlationId"]);
        target(&document, &message["payload"]["allOf"][0]);
        let data = &message["payload"]["allOf"][1]["properties"]["data"];
        let is_given = cfg!(feature = "contracts")
            && *in_channel == document["channels"]["shop.external"]["messages"]["order.paid.v1"];
        assert_eq!(!data.is_null(), is_given, "{message}");
    }
    let invoice = &operations["subscribe.write_invoice.v1"];
    assert_eq!(invoice["x-queue"], "shop.mail");
    assert_eq!(invoice["x-publishes-on-failure"], "invoice.failed v2");
}

#[test]
fn a_committed_file_is_compared() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("catalogue.md");
    let check = || app().catalogue().check(CatalogueFormat::Markdown, &file);

    let missing = check().expect_err("there is none");
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert!(missing.to_string().contains("catalogue --format markdown --output"), "{missing}");

    let declared = app().catalogue().print(CatalogueFormat::Markdown);
    std::fs::write(&file, &declared).expect("written");
    check().expect("the same");
    std::fs::write(&file, declared.replace('\n', "\r\n")).expect("written");
    check().expect("the same lines");

    std::fs::write(&file, declared.replace("write_invoice", "print_invoice")).expect("written");
    let renamed = check().expect_err("a subscriber was renamed").to_string();
    assert!(renamed.contains("-| `print_invoice` | internal | `shop.mail`"), "{renamed}");
    assert!(renamed.contains("+| `write_invoice` | internal | `shop.mail`"), "{renamed}");

    // As if the linker had left them out.
    let vanished = app().without_linked().catalogue().check(CatalogueFormat::Markdown, &file).unwrap_err();
    assert!(vanished.to_string().contains("not linked"), "{vanished}");
}

#[test]
fn what_is_added_by_hand_is_there_too() {
    let catalogue = app().without_linked().subscriber::<write_invoice>().catalogue();
    let names: Vec<String> = serde_json::from_str::<Value>(&catalogue.print(CatalogueFormat::Json)).unwrap()
        ["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["invoice.failed", "order.paid"]);
}
