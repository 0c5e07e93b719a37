//! The rule for names that are stored: services, events, subscribers, queues.

/// A name that cannot be stored, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{name}` is not a valid name: {reason}; use lower-case letters, digits, `.`, `-` and `_`, starting with a letter, at most 120 characters"
)]
pub struct InvalidName {
    name: String,
    reason: &'static str,
}

/// Checks a name that becomes part of stored data: a service, an event, a subscriber or a queue.
///
/// Names are ASCII lower case so that every broker and database takes them as they are; 120 characters leave
/// room for a prefix and a suffix within the shortest limit of a broker (SQS: 80 for the last part, so long
/// names are shortened there by the transport, never here).
///
/// # Errors
/// [`InvalidName`] tells the first rule that the name breaks.
pub fn check_name(name: &str) -> Result<(), InvalidName> {
    let invalid = |reason| Err(InvalidName { name: name.to_owned(), reason });
    match name.bytes().next() {
        None => return invalid("it is empty"),
        Some(first) if !first.is_ascii_lowercase() => {
            return invalid("it does not start with a lower-case letter");
        }
        Some(_) => {}
    }
    if name.len() > 120 {
        return invalid("it is longer than 120 characters");
    }
    if !name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_')) {
        return invalid("it holds a character that is not allowed");
    }
    if name.ends_with(['.', '-']) || name.contains("..") {
        return invalid("a `.` stands at its end or beside another, or a `-` at its end");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn accepts_dotted_lower_case() {
        for name in ["member", "member.logged-in", "record_device", "a1", "permit.step-completed.v1"] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn names_the_broken_rule() {
        for (name, reason) in [
            ("", "empty"),
            ("Member", "lower-case letter"),
            ("1st", "lower-case letter"),
            ("member logged in", "not allowed"),
            ("member::LoggedIn", "not allowed"),
            ("member.", "at its end"),
            ("member..in", "beside another"),
        ] {
            let message = check_name(name).expect_err(name).to_string();
            assert!(message.contains(reason), "{message}");
        }
        assert!(check_name(&"a".repeat(121)).is_err());
    }
}
