//! A schema as the list of what a value may be, with everything resolved that stands between.

use serde_json::{Map, Value};

/// Keywords that say nothing about values.
const ANNOTATIONS: [&str; 10] = [
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "$comment",
    "$schema",
    "$defs",
];

/// One of the things that a value may be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Alternative {
    pub(super) kind: Kind,
    /// The value, where there is only one.
    pub(super) constant: Option<Value>,
    /// The keywords, apart from annotations.
    pub(super) keywords: Map<String, Value>,
    /// Whether it stands beside others, as a variant of an enum does, if only beside none today.
    in_union: bool,
}

/// The kind of a value, in the words of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    Anything,
    Null,
    Truth,
    Number { whole: bool },
    Text,
    List,
    Object,
}

impl Kind {
    fn of_type(name: &str) -> Self {
        match name {
            "null" => Self::Null,
            "boolean" => Self::Truth,
            "integer" => Self::Number { whole: true },
            "number" => Self::Number { whole: false },
            "string" => Self::Text,
            "array" => Self::List,
            "object" => Self::Object,
            _ => Self::Anything,
        }
    }

    fn of_value(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Truth,
            Value::Number(number) => Self::Number { whole: !number.is_f64() },
            Value::String(_) => Self::Text,
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Object,
        }
    }

    /// The kind of a schema that does not name it.
    fn of_keywords(keywords: &Map<String, Value>) -> Self {
        let has = |names: &[&str]| names.iter().any(|name| keywords.contains_key(*name));
        if has(&["properties", "required", "additionalProperties"]) {
            Self::Object
        } else if has(&["items", "prefixItems"]) {
            Self::List
        } else {
            Self::Anything
        }
    }

    /// Kinds that are one to a reader who looks for a value at all.
    pub(super) fn family(self) -> Self {
        if let Self::Number { .. } = self { Self::Number { whole: false } } else { self }
    }

    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Anything => "anything",
            Self::Null => "null",
            Self::Truth => "true or false",
            Self::Number { whole: true } => "a whole number",
            Self::Number { whole: false } => "a number",
            Self::Text => "a text",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }
}

impl Alternative {
    fn new(kind: Kind, constant: Option<Value>, keywords: &Map<String, Value>, in_union: bool) -> Self {
        Self { kind, constant, keywords: keywords.clone(), in_union }
    }

    /// The fields, of an object.
    pub(super) fn fields(&self) -> Map<String, Value> {
        self.keywords.get("properties").and_then(Value::as_object).cloned().unwrap_or_default()
    }

    /// Whether the field is always there.
    pub(super) fn requires(&self, field: &str) -> bool {
        let required = self.keywords.get("required").and_then(Value::as_array);
        required.is_some_and(|names| names.iter().any(|name| name == field))
    }

    /// Whether it says that it holds no other fields than it names.
    pub(super) fn is_closed(&self) -> bool {
        self.keywords.get("additionalProperties") == Some(&Value::Bool(false))
    }

    /// The schema of all fields without a name of their own, where there is one: of the values of a map.
    pub(super) fn others(&self) -> Option<&Value> {
        self.keywords.get("additionalProperties").filter(|others| !others.is_boolean())
    }

    /// What tells a variant of an enum from its neighbours: the value of its tag, or the one field that names it.
    pub(super) fn label(&self) -> Option<String> {
        if self.kind != Kind::Object || !self.in_union {
            return None;
        }
        let fields = self.fields();
        let tag = |(name, schema): (&String, &Value)| {
            let value = schema.get("const")?.as_str()?;
            self.requires(name).then(|| format!("{name}={value}"))
        };
        let tags: Vec<String> = fields.iter().filter_map(tag).collect();
        if !tags.is_empty() {
            return Some(tags.join(","));
        }
        let mut names = fields.keys();
        match (names.next(), names.next()) {
            (Some(name), None) if self.is_closed() && self.requires(name) => Some(name.clone()),
            _ => None,
        }
    }

    /// Whether its label is a field, in which the variant's own value stands.
    pub(super) fn is_labelled_by_field(&self) -> bool {
        self.label().is_some_and(|label| self.fields().contains_key(&label))
    }
}

/// What a value of `schema` may be; `root` is where its references lead.
pub(super) fn alternatives(root: &Value, schema: &Value) -> Vec<Alternative> {
    let mut alternatives = Vec::new();
    for (keywords, in_union) in flat(root, schema, &mut Vec::new()) {
        let constants = match (keywords.get("const"), keywords.get("enum")) {
            (Some(constant), _) => Some(vec![constant.clone()]),
            (None, Some(Value::Array(constants))) => Some(constants.clone()),
            _ => None,
        };
        let made = match (constants, keywords.get("type")) {
            (Some(constants), _) => constants
                .into_iter()
                .map(|one| Alternative::new(Kind::of_value(&one), Some(one), &keywords, in_union))
                .collect(),
            (None, Some(Value::String(name))) => {
                vec![Alternative::new(Kind::of_type(name), None, &keywords, in_union)]
            }
            (None, Some(Value::Array(names))) => names
                .iter()
                .filter_map(Value::as_str)
                .map(|name| Alternative::new(Kind::of_type(name), None, &keywords, in_union))
                .collect(),
            (None, _) => vec![Alternative::new(Kind::of_keywords(&keywords), None, &keywords, in_union)],
        };
        alternatives.extend(made);
    }
    alternatives
}

/// The keywords of each alternative, without references and combinators. `met` are the references on the way here: one
/// that leads back to itself stands for no value.
fn flat(root: &Value, schema: &Value, met: &mut Vec<String>) -> Vec<(Map<String, Value>, bool)> {
    let Value::Object(schema) = schema else {
        let nothing = schema == &Value::Bool(false);
        return if nothing { Vec::new() } else { vec![(Map::new(), false)] };
    };
    let mut own = schema.clone();
    own.retain(|keyword, _| !ANNOTATIONS.contains(&keyword.as_str()));
    let reference = own.remove("$ref");
    let all = own.remove("allOf");
    let any = [own.remove("anyOf"), own.remove("oneOf")];
    let mut found = vec![(own, false)];
    if let Some(reference) = reference.as_ref().and_then(Value::as_str) {
        if met.iter().any(|one| one == reference) {
            return Vec::new();
        }
        met.push(reference.to_owned());
        let target = reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        found = product(&found, &flat(root, target.unwrap_or(&Value::Bool(true)), met));
        met.pop();
    }
    for part in all.as_ref().and_then(Value::as_array).into_iter().flatten() {
        found = product(&found, &flat(root, part, met));
    }
    for branches in any.iter().flatten().filter_map(Value::as_array) {
        let branches = branches.iter().flat_map(|branch| flat(root, branch, met));
        let branches: Vec<_> = branches.map(|(keywords, _)| (keywords, true)).collect();
        found = product(&found, &branches);
    }
    found
}

/// Everything that is both one of `left` and one of `right`.
fn product(
    left: &[(Map<String, Value>, bool)],
    right: &[(Map<String, Value>, bool)],
) -> Vec<(Map<String, Value>, bool)> {
    let mut both = Vec::new();
    for (one, one_in_union) in left {
        for (other, other_in_union) in right {
            both.push((merged(one, other), *one_in_union || *other_in_union));
        }
    }
    both
}

fn merged(one: &Map<String, Value>, other: &Map<String, Value>) -> Map<String, Value> {
    let mut merged = one.clone();
    for (keyword, value) in other {
        match (keyword.as_str(), merged.get_mut(keyword), value) {
            ("properties", Some(Value::Object(fields)), Value::Object(more)) => {
                fields.extend(more.iter().map(|(name, schema)| (name.clone(), schema.clone())));
            }
            ("required", Some(Value::Array(names)), Value::Array(more)) => {
                names.extend(more.iter().cloned());
            }
            _ => {
                merged.insert(keyword.clone(), value.clone());
            }
        }
    }
    merged
}
