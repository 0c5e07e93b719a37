//! What breaks a contract.

use std::fmt::{Display, Formatter};

/// A rule that a change of a contract breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// The name, or this version of it, is no longer given.
    ContractRemoved,
    /// Another service gives it: its events travel on another topic.
    SourceChanged,
    /// Its events had a key, and with it an order, and have none any more.
    KeyRemoved,
    /// A field is gone, or goes by another name.
    FieldRemoved,
    /// A field was added to a contract that said that it holds nothing else.
    FieldAddedToClosed,
    /// A value that could be missing or null never is again.
    OptionalMadeRequired,
    /// A value that was always there may be missing or null.
    RequiredMadeOptional,
    /// A value is of another kind.
    TypeChanged,
    /// Some values are no longer written.
    TypeNarrowed,
    /// Values are written that a reader does not expect.
    TypeWidened,
    /// A value of an enum, or one of its variants, is no longer written.
    EnumValueRemoved,
    /// An enum has a value, or a variant, that a reader does not know.
    EnumValueAdded,
}

impl Rule {
    /// All of them.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 12] = [
        Self::ContractRemoved,
        Self::SourceChanged,
        Self::KeyRemoved,
        Self::FieldRemoved,
        Self::FieldAddedToClosed,
        Self::OptionalMadeRequired,
        Self::RequiredMadeOptional,
        Self::TypeChanged,
        Self::TypeNarrowed,
        Self::TypeWidened,
        Self::EnumValueRemoved,
        Self::EnumValueAdded,
    ];

    /// The stable name, as commands print it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ContractRemoved => "contract-removed",
            Self::SourceChanged => "source-changed",
            Self::KeyRemoved => "key-removed",
            Self::FieldRemoved => "field-removed",
            Self::FieldAddedToClosed => "field-added-to-closed",
            Self::OptionalMadeRequired => "optional-made-required",
            Self::RequiredMadeOptional => "required-made-optional",
            Self::TypeChanged => "type-changed",
            Self::TypeNarrowed => "type-narrowed",
            Self::TypeWidened => "type-widened",
            Self::EnumValueRemoved => "enum-value-removed",
            Self::EnumValueAdded => "enum-value-added",
        }
    }

    /// Why it is a rule.
    pub fn reason(self) -> &'static str {
        match self {
            Self::ContractRemoved => "whoever subscribed to it gets nothing any more",
            Self::SourceChanged => "whoever subscribed to the former service's topic gets nothing any more",
            Self::KeyRemoved => "readers relied on its subject, and on the order of its events",
            Self::FieldRemoved => "readers look for it, and cannot decode the event without",
            Self::FieldAddedToClosed => "readers may refuse what they were told would not be there",
            Self::OptionalMadeRequired => {
                "events of this version that are stored or on their way do without it, and who reads by the new file does not expect that"
            }
            Self::RequiredMadeOptional => "readers were promised that it is always there",
            Self::TypeChanged => "readers cannot decode it",
            Self::TypeNarrowed => {
                "events of this version that are stored or on their way hold the other values, and who reads by the new file does not expect them"
            }
            Self::TypeWidened => "readers do not expect the new values, and may not be able to decode them",
            Self::EnumValueRemoved => {
                "events of this version that are stored or on their way hold it, and who reads by the new file does not know it"
            }
            Self::EnumValueAdded => "readers do not know it, and cannot decode it",
        }
    }
}

impl Display for Rule {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
