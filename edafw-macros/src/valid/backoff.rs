//! Waits between attempts, as `edafw_core::Backoff` reads them: `1s..5m` or `30s`.

use syn::LitStr;

use crate::report::Report;

/// A backoff in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Backoff {
    /// The first wait.
    pub(crate) first: u64,
    /// No wait is longer.
    pub(crate) most: u64,
}

impl Backoff {
    /// Reads it, and reports what cannot be read.
    pub(super) fn read(text: &LitStr, report: &mut Report) -> Option<Self> {
        match Self::parse(&text.value()) {
            Ok(backoff) => Some(backoff),
            Err(reason) => {
                report.at(
                    text.span(),
                    format!(
                        "`{}` is not a backoff: {reason}; write a range such as `\"1s..5m\"` or one wait such as `\"30s\"`, in ms, s, m, h or d",
                        text.value()
                    ),
                );
                None
            }
        }
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        let (first, most) = text.split_once("..").unwrap_or((text, text));
        let unreadable = "a wait is a whole number with its unit";
        let first = millis(first).ok_or(unreadable)?;
        let most = millis(most).ok_or(unreadable)?;
        if most < first { Err("it ends before it starts") } else { Ok(Self { first, most }) }
    }
}

/// Reads `250ms`, `30s`, `5m`, `2h` or `7d`.
fn millis(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let amount: u64 = text[..digits].parse().ok()?;
    let unit = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    amount.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::Backoff;

    #[test]
    fn reads_ranges_and_single_waits() {
        assert_eq!(Backoff::parse("1s..5m"), Ok(Backoff { first: 1_000, most: 300_000 }));
        assert_eq!(Backoff::parse("250ms"), Ok(Backoff { first: 250, most: 250 }));
        assert_eq!(Backoff::parse("2h..7d"), Ok(Backoff { first: 7_200_000, most: 604_800_000 }));
    }

    // The same texts as in the tests of `edafw_core::Backoff`.
    #[test]
    fn refuses_what_is_not_a_backoff() {
        for text in ["", "5", "s", "5 minutes", "5m..1s", "1s...5m", "-1s"] {
            assert!(Backoff::parse(text).is_err(), "{text}");
        }
    }
}
