//! Places that are held, booked and given back: the rooms of a night, the seats of a flight.
//!
//! Hotel and airline are services with a database each, and keep their places by this library, as two services of one
//! company might. What a place can go through does not depend on the way in which the trip is booked:
//!
//! - [`take`]: booked at once, if one is free.
//! - [`hold`], then [`confirm`]: held until a moment, then booked. A hold that has run out is none.
//! - [`give_back`]: free again, whatever was before. It is final: a trip that gave its place back gets no other.
//!
//! [`desk`] answers for them over HTTP. [`Steps`] lets a process die at a named step, for the tests of all three ways.

pub mod desk;
mod offer;
mod place;
mod steps;

pub use offer::{Offer, set_up};
pub use place::{Answer, Claim, confirm, give_back, hold, take};
pub use steps::{STEPS, Steps};
