//! The facts that the menu announces, and the one that it listens to.

use edafw::{domain_event, external_event};

/// A drink has a price now.
#[domain_event(name = "menu.drink-priced", key = drink)]
#[derive(Debug, Clone)]
pub struct DrinkPriced {
    /// The drink.
    pub drink: String,
    /// In cents.
    pub price: i64,
}

/// What other services learn of it, so that they can keep a copy.
#[external_event(name = "menu.drink-priced", version = 1, of = DrinkPriced)]
#[derive(Debug, Clone)]
pub struct DrinkPricedV1 {
    /// The drink.
    pub drink: String,
    /// In cents.
    pub price: i64,
}

impl From<&DrinkPriced> for DrinkPricedV1 {
    fn from(event: &DrinkPriced) -> Self {
        Self { drink: event.drink.clone(), price: event.price }
    }
}

/// The kitchen cannot make another one of a drink.
#[external_event(name = "kitchen.ran-out", version = 1, source = "kitchen")]
#[derive(Debug, Clone)]
pub struct RanOutV1 {
    /// The drink.
    pub drink: String,
}
