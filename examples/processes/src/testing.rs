//! For the tests of an example: its program as a user runs it, and as a test kills it.

mod program;
mod read_me;

pub use program::Program;
pub use read_me::assert_promised;

/// How many processes a test kills: `EXAMPLE_KILLS`, or 5.
///
/// # Panics
/// The variable is no such number.
pub fn kills() -> u32 {
    std::env::var("EXAMPLE_KILLS").map_or(5, |kills| kills.parse().expect("EXAMPLE_KILLS is a number"))
}
