use std::time::Duration;

use proptest::prelude::*;
use serde_json::value::RawValue;

use super::*;

fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap()
}

fn example() -> RawEnvelope {
    let id: Uuid = "018f4e6a-7c00-7000-8000-0000000000aa".parse().unwrap();
    let mut envelope =
        Envelope::new(id, "member", "member.logged-in", 2, raw(r#"{"member_no":7,"device":"tablet"}"#));
    envelope.key = Some("7".to_owned());
    envelope.time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_715_000_000_123);
    envelope.idempotency_key = "login-1".to_owned();
    envelope.causation_id = Some("018f4e6a-7c00-7000-8000-0000000000bb".parse().unwrap());
    envelope.trace_parent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
    envelope
}

/// The wire contract. A change here breaks every message that is on its way.
#[test]
fn wire_form_is_the_golden_file() {
    assert_eq!(example().to_json(), include_str!("golden.json").trim_end());
    let read = RawEnvelope::from_json(include_str!("golden.json")).unwrap();
    assert_eq!(format!("{read:?}"), format!("{:?}", example()));
}

#[test]
fn reads_what_other_producers_write() {
    let read = RawEnvelope::from_json(
        r#"{"specversion":"1.0","id":"018f4e6a-7c00-7000-8000-0000000000aa","source":"member","type":"member.left",
            "time":"2024-05-06T14:53:20+02:00","dataschema":"x","data":null}"#,
    )
    .unwrap();
    assert_eq!(read.version, 1);
    assert_eq!(read.idempotency_key, read.id.to_string());
    assert_eq!(to_millis(read.time), 1_715_000_000_000);
}

#[test]
fn says_what_is_wrong_with_other_bytes() {
    for (bytes, reason) in [
        ("", "EOF"),
        ("{}", "specversion"),
        (
            r#"{"specversion":"0.3","id":"018f4e6a-7c00-7000-8000-0000000000aa","source":"a","type":"b","time":"","data":1}"#,
            "specversion is `0.3`",
        ),
        (
            r#"{"specversion":"1.0","id":"1","source":"a","type":"b","time":"2024-05-06T14:53:20Z","data":1}"#,
            "UUID",
        ),
        (
            r#"{"specversion":"1.0","id":"018f4e6a-7c00-7000-8000-0000000000aa","source":"a","type":"b","time":"noon","data":1}"#,
            "time:",
        ),
    ] {
        let message = RawEnvelope::from_json(bytes).unwrap_err().to_string();
        assert!(message.contains(reason), "{message}");
    }
}

#[test]
fn a_trace_state_goes_with_its_parent() {
    let mut envelope = example();
    envelope.trace_state = Some("rojo=00f067aa0ba902b7".to_owned());
    let json = envelope.to_json();
    assert!(json.contains(r#""tracestate":"rojo=00f067aa0ba902b7""#), "{json}");
    assert_eq!(RawEnvelope::from_json(&json).unwrap().trace_state, envelope.trace_state);
}

proptest! {
    #[test]
    fn every_envelope_survives_the_wire(
        key in proptest::option::of(".*"),
        idempotency_key in ".*",
        millis in 0_i64..4_102_444_800_000,
        text in ".*",
        version in 1_u32..,
    ) {
        let mut envelope = example();
        envelope.key = key;
        envelope.idempotency_key = idempotency_key;
        envelope.time = from_millis(millis);
        envelope.version = version;
        envelope.data = raw(&serde_json::to_string(&text).unwrap());
        let read = RawEnvelope::from_json(&envelope.to_json()).unwrap();
        prop_assert_eq!(format!("{:?}", read), format!("{:?}", envelope));
    }
}
