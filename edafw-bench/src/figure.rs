//! One figure: what was measured, and what was promised.

use std::fmt::{self, Display, Write as _};

use serde_json::{Value, json};

/// A measured figure.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What `--only` and the JSON call it.
    pub name: &'static str,
    /// What it is, in words.
    pub what: &'static str,
    /// The figure.
    pub value: f64,
    /// Of the figure.
    pub unit: &'static str,
    /// What was promised, if anything was.
    pub floor: Option<Floor>,
    /// What the figure was made of.
    pub details: Vec<(&'static str, f64)>,
}

/// What a figure must reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Floor {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
    /// Less than this.
    Below(f64),
}

impl Floor {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(floor) => value >= floor,
            Self::AtMost(most) => value <= most,
            Self::Below(bound) => value < bound,
        }
    }
}

impl Display for Floor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(floor) => write!(f, ">= {floor}"),
            Self::AtMost(most) => write!(f, "<= {most}"),
            Self::Below(bound) => write!(f, "< {bound}"),
        }
    }
}

impl Figure {
    /// Whether it is what was promised; `None` where nothing was.
    pub fn is_met(&self) -> Option<bool> {
        self.floor.map(|floor| floor.is_met(self.value))
    }

    fn verdict(&self) -> &'static str {
        match self.is_met() {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "information",
        }
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "what": self.what,
            "value": self.value,
            "unit": self.unit,
            "floor": self.floor.map(|floor| floor.to_string()),
            "met": self.is_met(),
            "details": self.details.iter().map(|(name, value)| ((*name).to_owned(), json!(value)))
                .collect::<serde_json::Map<_, _>>(),
        })
    }
}

impl Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = format!("{} {}", short(self.value), self.unit);
        let floor = self.floor.map_or_else(String::new, |floor| floor.to_string());
        let mut details = String::new();
        for (name, value) in &self.details {
            let separator = if details.is_empty() { "" } else { ", " };
            write!(details, "{separator}{name} {}", short(*value))?;
        }
        write!(
            f,
            "{:<14} {value:<22} {floor:<10} {:<12} {}\n{:15}{details}",
            self.name,
            self.verdict(),
            self.what,
            ""
        )
    }
}

/// A number with the digits that mean something.
fn short(value: f64) -> String {
    let digits = match value.abs() {
        large if large >= 100.0 || large.fract() == 0.0 => 0,
        medium if medium >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::{Floor, short};

    #[test]
    fn a_floor_is_met_as_it_says() {
        assert!(Floor::AtLeast(0.8).is_met(0.8) && !Floor::AtLeast(0.8).is_met(0.79));
        assert!(Floor::AtMost(1.0).is_met(1.0) && !Floor::AtMost(1.0).is_met(1.1));
        assert!(Floor::Below(5.0).is_met(4.9) && !Floor::Below(5.0).is_met(5.0));
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([0.8123, 12.345, 1234.5, 3.0].map(short), ["0.81", "12.3", "1234", "3"]);
    }
}
