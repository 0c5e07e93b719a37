//! Events to publish in tests: numbered, so that contents and order can be compared.

use std::time::{Duration, SystemTime};

use edafw_core::{Channel, Envelope, NewEvent, RawEnvelope};
use serde_json::value::RawValue;
use uuid::Uuid;

/// An event `order.paid` of the service `shop` that carries a number, with every field of its envelope set.
///
/// # Panics
/// Never: the payload is JSON.
pub fn new_event(key: Option<&str>, number: u64) -> NewEvent {
    let data = RawValue::from_string(format!("{{\"number\":{number}}}")).expect("this is JSON");
    let mut envelope = Envelope::new(Uuid::now_v7(), "shop", "order.paid", 2, data);
    envelope.key = key.map(str::to_owned);
    envelope.time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_893_000_000_000 + number);
    envelope.correlation_id = Uuid::now_v7();
    envelope.causation_id = Some(Uuid::now_v7());
    envelope.trace_parent = Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned());
    envelope.trace_state = Some("congo=t61rcWkgMzE".to_owned());
    NewEvent { channel: Channel::Internal, envelope }
}

/// The number of an event that [`new_event`] made.
///
/// # Panics
/// The payload is not the one of such an event.
pub fn number(envelope: &RawEnvelope) -> u64 {
    let data: serde_json::Value = serde_json::from_str(envelope.data.get()).expect("the payload is JSON");
    data["number"].as_u64().unwrap_or_else(|| panic!("the payload has no number: {data}"))
}

/// Key and number of an event, for messages: `a7`, or `-7` without a key.
pub fn name_of(envelope: &RawEnvelope) -> String {
    format!("{}{}", envelope.key.as_deref().unwrap_or("-"), number(envelope))
}

/// Texts that have broken somebody's storage: quotes, escapes, controls, other scripts, numbers and words of
/// JSON and SQL. U+0000 is not among them: `PostgreSQL` cannot store it.
pub fn text_of_every_kind() -> Vec<String> {
    let controls: String = (1..0x20_u8).map(char::from).chain(['\u{7f}', '\u{85}', '\u{2028}']).collect();
    let mut texts: Vec<String> = [
        "",
        " ",
        "null",
        "NULL",
        "true",
        "0",
        "007",
        "1e3",
        "*",
        "%",
        "$",
        "$[0]",
        "it's",
        "\"quoted\"",
        "\\",
        "\\u0041",
        "[\"a\",1]",
        "{\"a\":null}",
        "a,b",
        "Ünïcödé",
        "日本語",
        "مرحبا",
        "👩‍👩‍👧",
        "e\u{301}",
        "\u{e9}",
        "\u{feff}",
        "\u{fffd}",
        "'; drop table x; --",
    ]
    .map(str::to_owned)
    .into();
    texts.push(controls);
    texts.push("long ".repeat(2_000));
    texts
}

/// [`text_of_every_kind`], as a key may be: no longer than [`KEY_CHARS`](edafw_core::KEY_CHARS).
pub fn key_of_every_kind() -> Vec<String> {
    let cut = |text: String| text.chars().take(edafw_core::KEY_CHARS).collect();
    text_of_every_kind().into_iter().map(cut).collect()
}

#[cfg(test)]
mod tests {
    use super::{name_of, new_event};

    #[test]
    fn an_event_shows_key_and_number() {
        assert_eq!(name_of(&new_event(Some("a"), 7).envelope), "a7");
        assert_eq!(name_of(&new_event(None, 7).envelope), "-7");
    }
}
