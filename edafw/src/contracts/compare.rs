//! Comparing two schemas of one contract: may who was written against the old one go on reading what is written by
//! the new one, and does the new one hold for what was written by the old one?

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use super::alternative::{Alternative, Kind, alternatives};
use super::change::Changes;
use super::rule::Rule;
use super::values;

/// Finds what has changed from `old` to `new`.
pub(super) fn compare(old: &Value, new: &Value) -> Changes {
    let mut comparison = Comparison { old, new, met: HashSet::new(), changes: Changes::default() };
    comparison.schemas(old, new, "");
    comparison.changes
}

struct Comparison<'a> {
    old: &'a Value,
    new: &'a Value,
    /// Schemas with references that are being compared or were, so that a recursive type ends.
    met: HashSet<(String, String)>,
    changes: Changes,
}

impl Comparison<'_> {
    fn schemas(&mut self, old: &Value, new: &Value, field: &str) {
        let (old_text, new_text) = (old.to_string(), new.to_string());
        let refers = [&old_text, &new_text].iter().all(|text| text.contains("\"$ref\""));
        if refers && !self.met.insert((old_text, new_text)) {
            return;
        }
        let old = alternatives(self.old, old);
        let new = alternatives(self.new, new);
        let anything = |all: &[Alternative]| all.iter().any(|one| one.kind == Kind::Anything);
        match (anything(&old), anything(&new)) {
            (true, true) => return,
            (true, false) => {
                let what = format!("could be anything, and is {} now", describe(&new));
                return self.changes.breaks(Rule::TypeNarrowed, field, what);
            }
            (false, true) => {
                let what = format!("was {}, and may be anything now", describe(&old));
                return self.changes.breaks(Rule::TypeWidened, field, what);
            }
            (false, false) => {}
        }
        let (old_families, new_families) = (families(&old), families(&new));
        if !old_families.is_empty() && !new_families.is_empty() && old_families.is_disjoint(&new_families) {
            let what = format!("was {}, and is {} now", describe(&old), describe(&new));
            return self.changes.breaks(Rule::TypeChanged, field, what);
        }
        self.nulls(&old, &new, field);
        for family in old_families.union(&new_families) {
            let of_family = |all: &[Alternative]| -> Vec<Alternative> {
                all.iter().filter(|one| one.kind.family() == *family).cloned().collect()
            };
            self.family(*family, &of_family(&old), &of_family(&new), field);
        }
    }

    fn nulls(&mut self, old: &[Alternative], new: &[Alternative], field: &str) {
        let null = |all: &[Alternative]| all.iter().any(|one| one.kind == Kind::Null);
        match (null(old), null(new)) {
            (true, false) => {
                self.changes.breaks(Rule::OptionalMadeRequired, field, "could be null, and never is again");
            }
            (false, true) => {
                self.changes.breaks(Rule::RequiredMadeOptional, field, "was never null, and may be now");
            }
            _ => {}
        }
    }

    /// Alternatives of one family, such as texts; either side may have none.
    fn family(&mut self, family: Kind, old: &[Alternative], new: &[Alternative], field: &str) {
        let constants = |all: &[Alternative]| -> Vec<Value> {
            all.iter().filter_map(|one| one.constant.clone()).collect()
        };
        let free = |all: &[Alternative]| -> Vec<Alternative> {
            all.iter().filter(|one| one.constant.is_none()).cloned().collect()
        };
        let (old_constants, new_constants) = (constants(old), constants(new));
        let (old_free, new_free) = (free(old), free(new));
        let kind = family.describe();
        match (old_free.is_empty(), new_free.is_empty()) {
            // Constants on one side, any value of the kind on the other.
            (true, false) if !old_constants.is_empty() => {
                let what = format!("was {}, and is {kind} now", list(&old_constants));
                return self.changes.breaks(Rule::TypeWidened, field, what);
            }
            (false, true) if !new_constants.is_empty() => {
                let what = format!("was {kind}, and is {} now", list(&new_constants));
                return self.changes.breaks(Rule::TypeNarrowed, field, what);
            }
            (true, true) => return self.constants(&old_constants, &new_constants, field),
            _ => {}
        }
        if family == Kind::Object {
            return self.objects(&old_free, &new_free, field);
        }
        self.alike(&old_free, &new_free, field);
    }

    /// Alternatives of one family that nothing tells apart but what they hold.
    fn alike(&mut self, old: &[Alternative], new: &[Alternative], field: &str) {
        if let ([one], [other]) = (old, new) {
            return self.one(one, other, field);
        }
        let trials = |one: &Alternative, other: &Alternative| self.trial(one, other, field);
        let mut gone: Vec<&Alternative> = old.iter().collect();
        gone.retain(|one| !new.iter().any(|other| trials(one, other).findings.is_empty()));
        let mut added = Vec::new();
        let mut allowed = Vec::new();
        for other in new {
            let best = old.iter().map(|one| trials(one, other)).filter(|changes| changes.findings.is_empty());
            match best.min_by_key(|changes| changes.allowed.len()) {
                Some(changes) => allowed.extend(changes.allowed),
                None => added.push(other),
            }
        }
        self.changes.allowed.extend(allowed);
        // What cannot stay as it is has become what nobody knows.
        while !gone.is_empty() && !added.is_empty() {
            self.one(gone.remove(0), added.remove(0), field);
        }
        for one in gone {
            let what = format!("is never {} again that it could be", one.kind.describe());
            self.changes.breaks(Rule::TypeNarrowed, field, what);
        }
        for other in added {
            let what = format!("may be {} now that it could not be", other.kind.describe());
            self.changes.breaks(Rule::TypeWidened, field, what);
        }
    }

    /// What would be found if the two were the same.
    fn trial(&self, old: &Alternative, new: &Alternative, field: &str) -> Changes {
        let met = self.met.clone();
        let mut trial = Self { old: self.old, new: self.new, met, changes: Changes::default() };
        trial.one(old, new, field);
        trial.changes
    }

    /// Whether readers see no difference.
    fn is_same(&self, old: &Value, new: &Value) -> bool {
        let met = self.met.clone();
        let mut trial = Self { old: self.old, new: self.new, met, changes: Changes::default() };
        trial.schemas(old, new, "");
        trial.changes == Changes::default()
    }

    /// Two alternatives of one family.
    fn one(&mut self, old: &Alternative, new: &Alternative, field: &str) {
        if old.kind == Kind::Object {
            return self.object(old, new, field);
        }
        values::compare(old, new, field, &mut self.changes);
        if old.kind == Kind::List {
            self.lists(old, new, field);
        }
    }

    fn constants(&mut self, old: &[Value], new: &[Value], field: &str) {
        for gone in old.iter().filter(|one| !new.contains(one)) {
            self.variant(Rule::EnumValueRemoved, field, &gone.to_string());
        }
        for added in new.iter().filter(|one| !old.contains(one)) {
            self.variant(Rule::EnumValueAdded, field, &added.to_string());
        }
    }

    /// A value or variant that came or went: each is a finding of its own.
    fn variant(&mut self, rule: Rule, field: &str, name: &str) {
        let what = match rule {
            Rule::EnumValueAdded => format!("`{name}` may be written now"),
            _ => format!("`{name}` is never written again"),
        };
        let told = self.changes.findings.iter_mut().find(|one| one.rule == rule && one.field == field);
        match told {
            Some(finding) => finding.what = format!("{}, {what}", finding.what),
            None => self.changes.breaks(rule, field, what),
        }
    }

    /// Structs, maps and variants of enums.
    fn objects(&mut self, old: &[Alternative], new: &[Alternative], field: &str) {
        if let ([one], [other]) = (old, new)
            && (one.label().is_none() || other.label().is_none() || one.label() == other.label())
        {
            return self.object(one, other, &inside(one, field));
        }
        let labels: BTreeSet<Option<String>> = old.iter().chain(new).map(Alternative::label).collect();
        for label in labels {
            let of_label = |all: &[Alternative]| -> Vec<Alternative> {
                all.iter().filter(|one| one.label() == label).cloned().collect()
            };
            let (some, others) = (of_label(old), of_label(new));
            match (&label, some.first(), others.first()) {
                (Some(label), _, None) => self.variant(Rule::EnumValueRemoved, field, label),
                (Some(label), None, _) => self.variant(Rule::EnumValueAdded, field, label),
                (_, Some(one), _) => self.alike(&some, &others, &inside(one, field)),
                (None, None, _) => self.alike(&some, &others, field),
            }
        }
    }

    fn object(&mut self, old: &Alternative, new: &Alternative, field: &str) {
        values::compare(old, new, field, &mut self.changes);
        let (old_fields, new_fields) = (old.fields(), new.fields());
        let added: Vec<&String> = new_fields.keys().filter(|name| !old_fields.contains_key(*name)).collect();
        for (name, schema) in &old_fields {
            let place = below(field, name);
            let Some(other) = new_fields.get(name) else {
                let same = |other: &&&String| self.is_same(schema, &new_fields[other.as_str()]);
                let renamed = added.iter().find(same).map(|other| format!("; is it called `{other}` now?"));
                let what = format!("the field is gone{}", renamed.unwrap_or_default());
                self.changes.breaks(Rule::FieldRemoved, &place, what);
                continue;
            };
            match (old.requires(name), new.requires(name)) {
                (true, false) => {
                    let what = "was always there, and may be left out now";
                    self.changes.breaks(Rule::RequiredMadeOptional, &place, what);
                }
                (false, true) => {
                    let what = "could be left out, and never is again";
                    self.changes.breaks(Rule::OptionalMadeRequired, &place, what);
                }
                _ => {}
            }
            self.schemas(schema, other, &place);
        }
        for name in added {
            self.added(old, new, name, &below(field, name));
        }
        self.others(old, new, field);
    }

    fn added(&mut self, old: &Alternative, new: &Alternative, name: &str, place: &str) {
        if old.is_closed() {
            let what = "the field is new, and the contract said that it holds nothing else";
            self.changes.breaks(Rule::FieldAddedToClosed, place, what);
        } else if let (Some(values), Some(schema)) = (old.others(), new.fields().get(name)) {
            self.schemas(values, schema, place);
        } else if new.requires(name) {
            self.changes.allows(
                place,
                "the field is new; events that are stored already do without it, so who reads it takes it as optional",
            );
        } else {
            self.changes.allows(place, "the field is new, and optional");
        }
    }

    /// The fields without a name of their own: those of a map.
    fn others(&mut self, old: &Alternative, new: &Alternative, field: &str) {
        match (old.others(), new.others()) {
            (Some(one), Some(other)) => {
                let (one, other) = (one.clone(), other.clone());
                self.schemas(&one, &other, &below(field, "*"));
            }
            (Some(_), None) => {
                let what = "was a map with any keys, and has the fields that it names now";
                self.changes.breaks(Rule::TypeNarrowed, field, what);
            }
            (None, Some(_)) if old.fields().is_empty() || old.is_closed() => {
                let what = "had the fields that it named, and is a map with any keys now";
                self.changes.breaks(Rule::TypeWidened, field, what);
            }
            (None, _) if old.is_closed() && !new.is_closed() => {
                let what = "said that it holds no other fields than it names, and does not say so now";
                self.changes.breaks(Rule::TypeWidened, field, what);
            }
            _ => {}
        }
    }

    fn lists(&mut self, old: &Alternative, new: &Alternative, field: &str) {
        let places = |one: &Alternative| -> Vec<Value> {
            one.keywords.get("prefixItems").and_then(Value::as_array).cloned().unwrap_or_default()
        };
        let (old_places, new_places) = (places(old), places(new));
        if old_places.len() != new_places.len() {
            let what = format!(
                "was a list with {} places of their own, and has {} now",
                old_places.len(),
                new_places.len()
            );
            return self.changes.breaks(Rule::TypeChanged, field, what);
        }
        for (index, (one, other)) in old_places.iter().zip(&new_places).enumerate() {
            self.schemas(one, other, &format!("{field}[{index}]"));
        }
        let items = |one: &Alternative| one.keywords.get("items").cloned().unwrap_or(Value::Bool(true));
        self.schemas(&items(old), &items(new), &format!("{field}[]"));
    }
}

/// The families of the alternatives, apart from null.
fn families(all: &[Alternative]) -> BTreeSet<Kind> {
    all.iter().map(|one| one.kind.family()).filter(|kind| *kind != Kind::Null).collect()
}

/// Where the fields of a variant stand.
fn inside(variant: &Alternative, field: &str) -> String {
    match variant.label() {
        Some(label) if !variant.is_labelled_by_field() => format!("{field}({label})"),
        _ => field.to_owned(),
    }
}

fn below(field: &str, name: &str) -> String {
    if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") }
}

fn list(constants: &[Value]) -> String {
    let constants: Vec<String> = constants.iter().map(|one| format!("`{one}`")).collect();
    match &constants[..] {
        [one] => one.clone(),
        _ => format!("one of {}", constants.join(", ")),
    }
}

fn describe(all: &[Alternative]) -> String {
    let mut kinds: Vec<&str> = Vec::new();
    for kind in all.iter().map(|one| one.kind.describe()) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds.join(" or ")
}
