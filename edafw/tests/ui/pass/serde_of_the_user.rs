//! Derives and options of the user's own.
edafw::service!("shop");

#[edafw::domain_event(name = "order.paid", key = order_no)]
#[derive(Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderPaid {
    order_no: u64,
}

#[edafw::domain_event(name = "order.sent", key = order_no)]
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all(serialize = "camelCase"))]
struct OrderSent {
    order_no: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

fn main() {
    let json = serde_json::to_string(&OrderPaid { order_no: 7 }).unwrap();
    assert_eq!(json, r#"{"orderNo":7}"#);
    let json = serde_json::to_string(&OrderSent { order_no: 7, note: None }).unwrap();
    assert_eq!(json, r#"{"orderNo":7}"#);
}
