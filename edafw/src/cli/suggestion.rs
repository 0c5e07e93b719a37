//! Names that somebody may have meant.

use edafw_core::{Error, ErrorKind};

/// How alike two names must be, from 0 to 1, to be offered.
const ALIKE: f64 = 0.8;

/// The error about a `kind` of thing called `name` that does not exist, with names that are near.
pub(super) fn unknown<'a>(kind: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Error {
    let known: Vec<&str> = known.collect();
    let near = near(name, &known);
    let hint = match &near[..] {
        [] if known.is_empty() => "; there is none".to_owned(),
        [] => "; see `list`".to_owned(),
        near => format!("; did you mean {}?", near.join(" or ")),
    };
    Error::new(ErrorKind::NotFound, format!("there is no {kind} `{name}`{hint}"))
}

fn near(name: &str, known: &[&str]) -> Vec<String> {
    let mut alike: Vec<(f64, &str)> = known
        .iter()
        .map(|&one| (strsim::jaro_winkler(&name.to_lowercase(), &one.to_lowercase()), one))
        .filter(|(alike, one)| *alike >= ALIKE || one.contains(name))
        .collect();
    alike.sort_by(|(left, one), (right, other)| right.total_cmp(left).then(one.cmp(other)));
    alike.dedup_by_key(|(_, one)| *one);
    alike.into_iter().take(3).map(|(_, one)| format!("`{one}`")).collect()
}

#[cfg(test)]
mod tests {
    use super::unknown;

    #[test]
    fn offers_what_is_near() {
        let known = ["member.logged-in", "member.left", "order.paid"];
        let say = |name| unknown("event", name, known.into_iter()).to_string();
        assert_eq!(
            say("member.loged-in"),
            "there is no event `member.loged-in`; did you mean `member.logged-in` or `member.left`?"
        );
        assert_eq!(say("paid"), "there is no event `paid`; did you mean `order.paid`?");
        assert_eq!(say("zebra"), "there is no event `zebra`; see `list`");
        assert_eq!(unknown("event", "x", [].into_iter()).to_string(), "there is no event `x`; there is none");
    }
}
