//! A message as SNS and SQS carry it.

use std::borrow::Cow;
use std::fmt::Write;

use edafw_core::Message;
use uuid::Uuid;

/// The message attribute that filters look at: the event's name.
pub(crate) const EVENT: &str = "event";

/// The message attribute that holds the key where the message group cannot.
pub(crate) const KEY: &str = "key";

/// Message groups of messages without a key, and of keys that are no legal name of a group.
const UNKEYED: &str = "e:";
const HASHED: &str = "h:";

/// SNS and SQS take this much, attributes and body together.
pub(crate) const MAX_BYTES: usize = 256 * 1024;

/// A message group has at most so many characters.
const GROUP_CHARS: usize = 128;

/// A message, ready to be sent.
pub(crate) struct Outgoing<'a> {
    pub(crate) event: &'a str,
    pub(crate) body: Cow<'a, str>,
    pub(crate) group: String,
    /// Set where the group does not say it.
    pub(crate) key: Option<String>,
    pub(crate) deduplication: String,
}

impl<'a> Outgoing<'a> {
    pub(crate) fn new(message: &'a Message) -> Self {
        let (group, key) = match &message.key {
            None => (format!("{UNKEYED}{}", message.id), None),
            Some(key) if is_group(key) => (key.clone(), None),
            Some(key) => {
                (format!("{HASHED}{}", Uuid::new_v5(&Uuid::NAMESPACE_OID, key.as_bytes())), Some(encode(key)))
            }
        };
        Self {
            event: &message.name,
            body: legal(&message.body),
            group,
            key,
            deduplication: format!("{}-{}", message.id, message.generation),
        }
    }

    /// What AWS counts: the body, and of each attribute name, type and value.
    pub(crate) fn bytes(&self) -> usize {
        let attribute = |name: &str, value: &str| name.len() + "String".len() + value.len();
        let key = self.key.as_ref().map_or(0, |key| attribute(KEY, key));
        self.body.len() + attribute(EVENT, self.event) + key
    }
}

/// The key of a received message; `None` for a message without one.
pub(crate) fn lane(group: &str, key: Option<&str>) -> Option<String> {
    if group.starts_with(UNKEYED) {
        return None;
    }
    Some(key.and_then(decode).unwrap_or_else(|| group.to_owned()))
}

/// Whether a key may be the name of a message group, and looks like none of ours.
fn is_group(key: &str) -> bool {
    !key.is_empty()
        && key.len() <= GROUP_CHARS
        && key.bytes().all(|byte| byte.is_ascii_graphic())
        && !key.starts_with(UNKEYED)
        && !key.starts_with(HASHED)
}

/// U+FFFE and U+FFFF are the only characters of JSON text that SQS does not take. They stand inside of strings, where
/// they may be written as escapes.
fn legal(body: &str) -> Cow<'_, str> {
    if body.contains(['\u{fffe}', '\u{ffff}']) {
        Cow::Owned(body.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff"))
    } else {
        Cow::Borrowed(body)
    }
}

/// Percent-encoded: attributes take no control characters.
fn encode(key: &str) -> String {
    let mut encoded = String::with_capacity(key.len());
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02x}").expect("a string can be written to");
        }
    }
    encoded
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, others)) = rest.split_first() {
        if first == b'%' {
            let digits = std::str::from_utf8(others.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &others[2..];
        } else {
            bytes.push(first);
            rest = others;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(key: Option<&str>, body: &str) -> Message {
        let id = Uuid::from_u128(7);
        let key = key.map(str::to_owned);
        Message { id, name: "order.paid".to_owned(), key, generation: 3, body: body.to_owned() }
    }

    #[test]
    fn every_key_comes_back() {
        let long = "x".repeat(129);
        let mut groups = std::collections::HashSet::new();
        for key in ["a", "7", " ", "a b", "Ü", "e:1", "h:1", "\u{1}", "%41", "a\"b", &long] {
            let message = message(Some(key), "");
            let sent = Outgoing::new(&message);
            assert!(is_group(&sent.group) || sent.group.starts_with(HASHED), "{}", sent.group);
            assert!(sent.group.len() <= GROUP_CHARS);
            assert!(groups.insert(sent.group.clone()), "{key}");
            assert_eq!(lane(&sent.group, sent.key.as_deref()).as_deref(), Some(key));
        }
        let message = message(None, "");
        let sent = Outgoing::new(&message);
        assert_eq!(lane(&sent.group, sent.key.as_deref()), None);
    }

    #[test]
    fn a_plain_key_is_the_group_and_costs_nothing() {
        let message = message(Some("case-7"), "{}");
        let sent = Outgoing::new(&message);
        assert_eq!((&*sent.group, sent.key.as_deref()), ("case-7", None));
        assert_eq!(sent.bytes(), "{}".len() + "eventStringorder.paid".len());
    }

    #[test]
    fn each_generation_is_a_message_of_its_own() {
        let mut message = message(None, "");
        let first = Outgoing::new(&message).deduplication;
        message.generation += 1;
        assert_ne!(Outgoing::new(&message).deduplication, first);
        assert!(first.len() <= 128);
    }

    #[test]
    fn what_sqs_does_not_take_is_written_as_an_escape() {
        let json = serde_json::json!({ "text": "a\u{fffe}b\u{ffff}\u{fffd}" }).to_string();
        let message = message(None, &json);
        let sent = Outgoing::new(&message).body;
        assert!(!sent.contains(['\u{fffe}', '\u{ffff}']) && sent.contains('\u{fffd}'));
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&sent), read(&json));
    }
}
