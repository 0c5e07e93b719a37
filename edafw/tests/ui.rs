//! What the compiler says about annotations with mistakes: one case per mistake, its message beside it.
//!
//! After a change of a message, `TRYBUILD=overwrite cargo test -p edafw --test ui` writes the new ones, to be
//! read as somebody would who meets them for the first time.

#[test]
fn messages() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    for annotation in ["domain_event", "external_event", "subscriber", "service", "worker"] {
        cases.compile_fail(format!("tests/ui/{annotation}/*.rs"));
    }
    if cfg!(feature = "contracts") {
        cases.compile_fail("tests/ui/contracts/*.rs");
    }
}
