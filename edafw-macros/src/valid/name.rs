//! The rule for names that are stored. Kept line by line like `edafw_core::check_name`.

use syn::LitStr;

use crate::report::Report;

/// Reports a name that cannot be stored.
pub(super) fn check(name: &LitStr, report: &mut Report) {
    if let Some(reason) = broken_rule(&name.value()) {
        report.at(name.span(), message(&name.value(), reason));
    }
}

/// Checks former names: each by the rule, none twice, none equal to the present name.
pub(super) fn check_former(formerly: &[LitStr], name: Option<&str>, report: &mut Report) {
    for (index, former) in formerly.iter().enumerate() {
        check(former, report);
        if name == Some(former.value().as_str()) {
            report.at(former.span(), "this is the present name; `formerly` lists the names before it");
        } else if formerly[..index].contains(former) {
            report.at(former.span(), format!("`{}` is listed twice; remove one of them", former.value()));
        }
    }
}

/// The message for a name of a service that cannot be stored.
pub(crate) fn service_name(name: &LitStr) -> Option<String> {
    broken_rule(&name.value()).map(|reason| message(&name.value(), reason))
}

fn message(name: &str, reason: &str) -> String {
    format!(
        "`{name}` is not a valid name: {reason}; use lower-case letters, digits, `.`, `-` and `_`, starting with a letter, at most 120 characters"
    )
}

/// The first rule that the name breaks.
pub(super) fn broken_rule(name: &str) -> Option<&'static str> {
    match name.bytes().next() {
        None => return Some("it is empty"),
        Some(first) if !first.is_ascii_lowercase() => {
            return Some("it does not start with a lower-case letter");
        }
        Some(_) => {}
    }
    if name.len() > 120 {
        return Some("it is longer than 120 characters");
    }
    if !name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_')) {
        return Some("it holds a character that is not allowed");
    }
    if name.ends_with(['.', '-']) || name.contains("..") {
        return Some("a `.` stands at its end or beside another, or a `-` at its end");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::broken_rule;

    // The same names as in the tests of `edafw_core::check_name`.
    #[test]
    fn accepts_dotted_lower_case() {
        for name in ["member", "member.logged-in", "record_device", "a1", "permit.step-completed.v1"] {
            assert_eq!(broken_rule(name), None, "{name}");
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
            let broken = broken_rule(name).expect(name);
            assert!(broken.contains(reason), "{broken}");
        }
        assert!(broken_rule(&"a".repeat(121)).is_some());
    }
}
