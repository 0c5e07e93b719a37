//! The rules of W3C Trace Context for what an event carries of it.
//!
//! Source: W3C Recommendation "Trace Context", level 1, sections 3.2 (`traceparent`) and 3.3 (`tracestate`).

/// A value that is no trace context, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no `{header}`: {reason}; expected {expected}")]
pub struct InvalidTraceContext {
    header: &'static str,
    reason: &'static str,
    expected: &'static str,
}

impl From<InvalidTraceContext> for crate::Error {
    fn from(invalid: InvalidTraceContext) -> Self {
        Self::new(crate::ErrorKind::Payload, "the trace context cannot be stored").caused_by(invalid)
    }
}

/// Checks the value of a `traceparent` header.
///
/// Of a version that is not known yet, the part is checked that every version begins with.
///
/// # Errors
/// [`InvalidTraceContext`] tells the first rule that the value breaks.
pub fn check_trace_parent(value: &str) -> Result<(), InvalidTraceContext> {
    let invalid = |reason| Err(InvalidTraceContext { header: "traceparent", reason, expected: PARENT });
    let mut parts = value.splitn(5, '-');
    let mut part = || parts.next().unwrap_or_default();
    let (version, trace, parent, flags) = (part(), part(), part(), part());
    let hex = |text: &str, digits: usize| {
        text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let only_zeros = |text: &str| text.bytes().all(|byte| byte == b'0');
    if !hex(version, 2) || version == "ff" {
        return invalid("its version is not two lower-case hexadecimal digits other than `ff`");
    }
    if !hex(trace, 32) || only_zeros(trace) {
        return invalid("its trace id is not 32 lower-case hexadecimal digits with one that is not zero");
    }
    if !hex(parent, 16) || only_zeros(parent) {
        return invalid("its parent id is not 16 lower-case hexadecimal digits with one that is not zero");
    }
    if !hex(flags, 2) {
        return invalid("its flags are not two lower-case hexadecimal digits");
    }
    let more = parts.next();
    if more.is_some() && version == "00" {
        return invalid("version 00 ends with its flags");
    }
    if value.len() > MOST || more.is_some_and(|more| !more.bytes().all(|byte| byte.is_ascii_graphic())) {
        return invalid("it goes on with what no header has");
    }
    Ok(())
}

/// Checks the value of a `tracestate` header, several joined by commas.
///
/// # Errors
/// [`InvalidTraceContext`] tells the first rule that the value breaks.
pub fn check_trace_state(value: &str) -> Result<(), InvalidTraceContext> {
    let invalid = |reason| Err(InvalidTraceContext { header: "tracestate", reason, expected: STATE });
    if value.len() > MOST {
        return invalid("it is longer than 512 characters");
    }
    let members: Vec<&str> = value
        .split(',')
        .map(|member| member.trim_matches([' ', '\t']))
        .filter(|one| !one.is_empty())
        .collect();
    if members.is_empty() {
        return invalid("it has no entry");
    }
    if members.len() > 32 {
        return invalid("it has more than 32 entries");
    }
    for member in members {
        let Some((key, value)) = member.split_once('=') else {
            return invalid("an entry has no `=`");
        };
        let allowed = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/' | b'@');
        let starts = key.bytes().next().is_some_and(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9'));
        if !starts || !key.bytes().all(allowed) || key.len() > 256 {
            return invalid("the key of an entry is not lower-case letters, digits and `_-*/@`");
        }
        let printable = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'=';
        if value.is_empty() || !value.bytes().all(printable) || value.len() > 256 {
            return invalid("the value of an entry is not 1 to 256 printable ASCII characters without `=`");
        }
    }
    Ok(())
}

/// Characters of either value, at most.
const MOST: usize = 512;

const PARENT: &str = "`00-` and a trace id of 32, a parent id of 16 and flags of 2 lower-case hexadecimal digits, joined by `-`";

const STATE: &str = "entries `key=value`, separated by commas";

#[cfg(test)]
mod tests {
    use super::{check_trace_parent, check_trace_state};

    #[test]
    fn takes_what_the_recommendation_shows() {
        for parent in [
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
            "cc-12345678901234567890123456789012-1234567890123456-01",
            "cc-12345678901234567890123456789012-1234567890123456-01-what-the-future-will-be",
        ] {
            assert_eq!(check_trace_parent(parent), Ok(()), "{parent}");
        }
        for state in
            ["rojo=00f067aa0ba902b7", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "a@b=1, 2c=x y,,d=~"]
        {
            assert_eq!(check_trace_state(state), Ok(()), "{state}");
        }
    }

    #[test]
    fn names_the_broken_rule_of_a_parent() {
        for (parent, reason) in [
            ("", "its version"),
            ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "its version"),
            ("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", "its trace id"),
            ("00-00000000000000000000000000000000-b7ad6b7169203331-01", "its trace id"),
            ("00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01", "its trace id"),
            ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", "its parent id"),
            ("00-0af7651916cd43dd8448eb211c80319c", "its parent id"),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1", "its flags"),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x", "ends with its flags"),
            ("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-\n", "no header has"),
        ] {
            let message = check_trace_parent(parent).expect_err(parent).to_string();
            assert!(message.contains(reason) && message.contains("expected `00-`"), "{message}");
        }
    }

    #[test]
    fn names_the_broken_rule_of_a_state() {
        let many = vec!["a=1"; 33].join(",");
        let long = format!("a={}", "x".repeat(257));
        for (state, reason) in [
            ("", "no entry"),
            (" , ", "no entry"),
            ("rojo", "no `=`"),
            ("Rojo=1", "the key"),
            ("=1", "the key"),
            ("a=b=c", "the value"),
            ("a=\n", "the value"),
            (many.as_str(), "more than 32"),
            (long.as_str(), "the value"),
            (&"a".repeat(513), "longer than 512"),
        ] {
            let message = check_trace_state(state).expect_err(state).to_string();
            assert!(message.contains(reason) && message.contains("expected entries"), "{message}");
        }
    }
}
