//! The forms in which a catalogue is printed.

use std::str::FromStr;

use edafw_core::Error;

/// A form of the [`Catalogue`](crate::Catalogue).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CatalogueFormat {
    /// For people: Markdown with diagrams in Mermaid.
    Markdown,
    /// For tools: `AsyncAPI` 3.0 in JSON.
    AsyncApi,
    /// For programs of one's own: everything that the other two tell.
    Json,
}

impl CatalogueFormat {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Markdown, Self::AsyncApi, Self::Json];

    /// The name, as the command line has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::AsyncApi => "asyncapi",
            Self::Json => "json",
        }
    }
}

impl FromStr for CatalogueFormat {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|format| format.as_str() == name);
        found.ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            Error::configuration(format!("there is no format `{name}`; there are: {known}"))
        })
    }
}
