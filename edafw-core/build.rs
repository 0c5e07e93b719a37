//! Empty: `links` needs a build script, and makes two copies of this crate in one binary a build error.
fn main() {}
