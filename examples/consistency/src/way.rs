//! The three ways.

/// How a trip comes to be booked as a whole or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Steps that are undone.
    Saga,
    /// Holds that are confirmed or cancelled.
    Tcc,
    /// Prepared transactions.
    TwoPhase,
}

impl Way {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Saga, Self::Tcc, Self::TwoPhase];

    /// What the command line calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Saga => "saga",
            Self::Tcc => "tcc",
            Self::TwoPhase => "2pc",
        }
    }
}

impl std::str::FromStr for Way {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|way| way.name() == name);
        known.ok_or_else(|| format!("`{name}` is none of saga, tcc and 2pc"))
    }
}
