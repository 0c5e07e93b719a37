//! The same booking three ways: a trip needs a room and a seat, which two services have, or neither.
//!
//! Read it in this order:
//!
//! 1. `trip_booking::saga`, with `trip_hotel` and `trip_airline`: one step after the other, undone by events.
//! 2. `trip_booking::tcc`, with `trip_places::desk`: held first, then confirmed or cancelled.
//! 3. [`two_phase`]: prepared in both databases, then committed in both.
//! 4. [`books`]: what must be true in the end, whatever the way and whoever has died.
//! 5. [`company`]: the three services at work in one process; [`part`]: each as a process of its own.

pub mod books;
pub mod company;
mod crowd;
mod event_count;
pub mod options;
pub mod part;
pub mod report;
pub mod run;
pub mod sample;
pub mod two_phase;
pub mod watch;
pub mod way;

edafw::service!("coordinator");
