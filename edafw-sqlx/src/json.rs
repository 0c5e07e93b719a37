//! Parameters and answers as JSON texts.

#[cfg(feature = "sqlite")]
use serde::Deserialize;
use serde::Serialize;

/// Anything as a JSON parameter.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("text, numbers and lists of them always serialise")
}

/// Many small rows as one text: each row that a driver hands over by itself wakes a task.
#[cfg(feature = "sqlite")]
pub(crate) fn from_json<'a, T: Deserialize<'a>>(text: &'a str) -> sqlx::Result<T> {
    serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(error.into()))
}
