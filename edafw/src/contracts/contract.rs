//! One contract: an external event at one version, with the schema of its payload.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::registry::ExternalEventDeclaration;

/// The keyword under which a contract's file tells what a JSON Schema has no words for.
const ABOUT: &str = "x-edafw-contract";

/// A contract as the code declares it or as a file keeps it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Contract {
    pub(crate) name: String,
    pub(crate) version: u32,
    /// The service that gives it.
    pub(crate) source: String,
    /// Whether its events have a key.
    pub(crate) has_key: bool,
    /// The payload.
    pub(crate) schema: Value,
}

/// The schema of what is written for a `T`, without references where there is no recursion.
pub fn schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let settings = settings.with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

impl Contract {
    /// What the code declares; `None` without a schema, which an annotation always has.
    pub(crate) fn declared(declaration: &ExternalEventDeclaration) -> Option<Self> {
        let event = &declaration.contract.event_type;
        let mut schema = (declaration.schema?)();
        sort_required(&mut schema);
        let (name, version) = (event.name.to_owned(), event.version);
        if let Value::Object(root) = &mut schema {
            // A Rust name is nobody's business outside.
            root.insert("title".to_owned(), title(&name, version).into());
        }
        Some(Self { name, version, source: event.source.to_owned(), has_key: event.has_key, schema })
    }

    /// `order.paid version 1`
    pub(crate) fn title(&self) -> String {
        title(&self.name, self.version)
    }

    /// The name of its file.
    pub(crate) fn file_name(&self) -> String {
        format!("{}.v{}.json", self.name, self.version)
    }

    /// The text of its file: keys in alphabetical order, whatever the order of the declaration.
    pub(crate) fn to_text(&self) -> String {
        let mut root = match &self.schema {
            Value::Object(root) => root.clone(),
            // A payload that may be anything.
            _ => Map::from_iter([("title".to_owned(), self.title().into())]),
        };
        let Self { name, version, source, has_key, .. } = self;
        root.insert(
            ABOUT.to_owned(),
            json!({ "name": name, "version": version, "source": source, "has_key": has_key }),
        );
        let sorted = sorted(&Value::Object(root));
        format!("{sorted:#}\n")
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut schema: Value =
            serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))?;
        let missing = |what: &str| format!("is not the file of a contract: `{ABOUT}` {what}");
        let about = schema
            .as_object_mut()
            .and_then(|root| root.remove(ABOUT))
            .ok_or_else(|| missing("is missing"))?;
        let text = |field: &str| {
            about[field].as_str().map(str::to_owned).ok_or_else(|| missing(&format!("has no text `{field}`")))
        };
        let version = about["version"].as_u64().and_then(|version| u32::try_from(version).ok());
        Ok(Self {
            name: text("name")?,
            version: version.ok_or_else(|| missing("has no whole number `version`"))?,
            source: text("source")?,
            has_key: about["has_key"].as_bool().ok_or_else(|| missing("has no `has_key`, true or false"))?,
            schema,
        })
    }
}

fn title(name: &str, version: u32) -> String {
    format!("{name} version {version}")
}

/// Fields may be declared in any order.
fn sort_required(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            for (key, value) in object.iter_mut() {
                match value {
                    Value::Array(names) if key == "required" => {
                        names.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
                    }
                    value => sort_required(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(sort_required),
        _ => {}
    }
}

/// The same value with the keys of every object in alphabetical order, whether or not `serde_json` keeps the order
/// of insertion in this build.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<(&String, &Value)> = object.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            entries.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect()
        }
        Value::Array(values) => values.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::Contract;

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let contract = Contract {
            name: "order.paid".into(),
            version: 2,
            source: "order".into(),
            has_key: true,
            schema: serde_json::json!({ "type": "object", "required": ["a", "b"], "title": "order.paid version 2" }),
        };
        assert_eq!(contract.file_name(), "order.paid.v2.json");
        assert_eq!(Contract::parse(&contract.to_text()).unwrap(), contract);
        assert!(contract.to_text().ends_with("}\n"));
    }

    #[test]
    fn what_is_no_contract_is_said() {
        for (text, message) in [
            ("{", "is not JSON: EOF"),
            ("[]", "`x-edafw-contract` is missing"),
            (r#"{"x-edafw-contract": 1}"#, "has no text `name`"),
            (r#"{"x-edafw-contract": {"name": "a", "version": -1}}"#, "has no whole number `version`"),
        ] {
            let error = Contract::parse(text).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }
}
