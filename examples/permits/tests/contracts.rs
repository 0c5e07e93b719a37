//! The contracts that the office gives are those in `contracts/`: whoever changes one accepts it, and nobody breaks one
//! unseen. `permits-worker contract accept` writes them.

// ANCHOR: check
#[test]
fn the_contracts_are_as_they_were_accepted() {
    let accepted = concat!(env!("CARGO_MANIFEST_DIR"), "/contracts");
    edafw::contracts::check(permits::app(), accepted).unwrap().assert_accepted();
}
// ANCHOR_END: check
