//! Which values of one kind are written: ranges, formats and the rest of what a schema says about them.

use serde_json::{Map, Value};

use super::alternative::{Alternative, Kind};
use super::change::Changes;
use super::rule::Rule;

/// What is compared elsewhere.
const STRUCTURE: [&str; 9] = [
    "type",
    "enum",
    "const",
    "properties",
    "required",
    "additionalProperties",
    "unevaluatedProperties",
    "items",
    "prefixItems",
];

/// The integers of Rust, by the formats that schemas have for them.
const INTEGERS: [(&str, f64, f64); 12] = [
    ("int8", -128.0, 127.0),
    ("int16", -32_768.0, 32_767.0),
    ("int32", -2_147_483_648.0, 2_147_483_647.0),
    ("int64", -9_223_372_036_854_775_808.0, 9_223_372_036_854_775_807.0),
    ("int", -9_223_372_036_854_775_808.0, 9_223_372_036_854_775_807.0),
    ("int128", -1.7e38, 1.7e38),
    ("uint8", 0.0, 255.0),
    ("uint16", 0.0, 65_535.0),
    ("uint32", 0.0, 4_294_967_295.0),
    ("uint64", 0.0, 18_446_744_073_709_551_615.0),
    ("uint", 0.0, 18_446_744_073_709_551_615.0),
    ("uint128", 0.0, 3.4e38),
];

/// Compares two alternatives of one family by everything but what they hold.
pub(super) fn compare(old: &Alternative, new: &Alternative, field: &str, changes: &mut Changes) {
    let whole = |one: &Alternative| one.kind == Kind::Number { whole: true };
    let is_number = matches!(old.kind, Kind::Number { .. });
    if is_number && whole(old) != whole(new) {
        let (rule, what) = if whole(old) {
            (Rule::TypeWidened, "was a whole number, and may have a fraction now")
        } else {
            (Rule::TypeNarrowed, "was a number, and is a whole one now")
        };
        changes.breaks(rule, field, what);
        return;
    }
    let bounds = match old.kind {
        Kind::Number { .. } => ["minimum", "maximum"],
        Kind::Text => ["minLength", "maxLength"],
        Kind::List => ["minItems", "maxItems"],
        Kind::Object => ["minProperties", "maxProperties"],
        Kind::Anything | Kind::Null | Kind::Truth => return,
    };
    let [least, most] = bounds;
    ranges(&Range::of(old, least, most), &Range::of(new, least, most), field, changes);
    let skip = |keyword: &str| {
        STRUCTURE.contains(&keyword) || bounds.contains(&keyword) || (is_number && keyword == "format")
    };
    keywords(&old.keywords, &new.keywords, skip, field, changes);
    if is_number && !whole(old) {
        precision(old, new, field, changes);
    }
}

/// A range, and how to call it.
struct Range {
    least: f64,
    most: f64,
    name: String,
}

impl Range {
    fn of(alternative: &Alternative, least: &str, most: &str) -> Self {
        let bound = |keyword: &str| alternative.keywords.get(keyword).and_then(Value::as_f64);
        let format = alternative.keywords.get("format").and_then(Value::as_str);
        let whole = alternative.kind == Kind::Number { whole: true };
        let known = INTEGERS.iter().find(|(name, ..)| whole && Some(*name) == format);
        let by_format = known.map_or((f64::NEG_INFINITY, f64::INFINITY), |(_, least, most)| (*least, *most));
        let (least, most) = (
            bound(least).unwrap_or(by_format.0).max(by_format.0),
            bound(most).unwrap_or(by_format.1).min(by_format.1),
        );
        let name = match known {
            Some((name, ..)) if (least, most) == by_format => (*name).to_owned(),
            _ => {
                let what = match alternative.kind {
                    Kind::Text => "a text with a length ",
                    Kind::List => "a list with a length ",
                    Kind::Object => "an object with a number of fields ",
                    _ => "",
                };
                format!("{what}from {} to {}", Bound(least), Bound(most))
            }
        };
        Self { least, most, name }
    }
}

struct Bound(f64);

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_finite() { write!(f, "{}", self.0) } else { f.write_str("any") }
    }
}

fn ranges(old: &Range, new: &Range, field: &str, changes: &mut Changes) {
    let what = format!("was {}, and is {} now", old.name, new.name);
    if new.least < old.least || new.most > old.most {
        changes.breaks(Rule::TypeWidened, field, what.clone());
    }
    if new.least > old.least || new.most < old.most {
        changes.breaks(Rule::TypeNarrowed, field, what);
    }
}

/// `float` fits into `double`.
fn precision(old: &Alternative, new: &Alternative, field: &str, changes: &mut Changes) {
    let format = |one: &Alternative| one.keywords.get("format").and_then(Value::as_str).map(str::to_owned);
    let (old, new) = (format(old), format(new));
    match (old.as_deref(), new.as_deref()) {
        (old, new) if old == new => {}
        (Some("float"), Some("double") | None) => {
            changes.breaks(Rule::TypeWidened, field, "was a float, and has the precision of a double now");
        }
        (Some("double") | None, Some("float")) => {
            changes.breaks(Rule::TypeNarrowed, field, "was a double, and has the precision of a float now");
        }
        _ => {}
    }
}

/// Everything else, which is the same or not.
fn keywords(
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    skip: impl Fn(&str) -> bool,
    field: &str,
    changes: &mut Changes,
) {
    let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
    for name in names.filter(|name| !skip(name.as_str()) && !name.starts_with("x-")) {
        match (old.get(name), new.get(name)) {
            (old, new) if old == new => {}
            (Some(old), Some(new)) => {
                changes.breaks(Rule::TypeChanged, field, format!("had `{name}` {old}, and has {new} now"));
            }
            (Some(old), None) => {
                changes.breaks(Rule::TypeWidened, field, format!("had `{name}` {old}, and has none now"));
            }
            (None, new) => {
                let new = new.cloned().unwrap_or_default();
                changes.breaks(Rule::TypeNarrowed, field, format!("had no `{name}`, and has {new} now"));
            }
        }
    }
}
