//! What somebody may have meant.

/// The candidate that `word` is probably a misspelling of.
pub(crate) fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(similarity, _)| *similarity > 0.8)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, candidate)| candidate)
}

/// `` `a`, `b` and `c` ``: names for the end of a message.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{closest, listed};

    #[test]
    fn finds_misspellings_only() {
        let keys = ["name", "key", "version", "formerly", "idempotency_key"];
        assert_eq!(closest("nmae", keys), Some("name"));
        assert_eq!(closest("former", keys), Some("formerly"));
        assert_eq!(closest("idempotence_key", keys), Some("idempotency_key"));
        assert_eq!(closest("topic", keys), None);
    }

    #[test]
    fn lists_like_a_sentence() {
        assert_eq!(listed([]), "");
        assert_eq!(listed(["a"]), "`a`");
        assert_eq!(listed(["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
