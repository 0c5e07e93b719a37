//! The real binaries, on the kind of database that the package was built for: files by default, otherwise databases
//! on a server. Office and portal must have the same kind.

#![cfg(any(
    not(any(
        feature = "mysql",
        feature = "postgres",
        feature = "portal-mysql",
        feature = "portal-postgres"
    )),
    all(feature = "postgres", feature = "portal-postgres"),
    all(
        feature = "mysql",
        feature = "portal-mysql",
        not(any(feature = "postgres", feature = "portal-postgres"))
    )
))]

mod catalogue;
#[cfg(not(any(feature = "mysql", feature = "postgres")))]
mod defaults;
#[cfg(not(any(feature = "mysql", feature = "postgres")))]
mod errors;
mod killed;
mod restored;
#[cfg(all(feature = "sqs", not(any(feature = "mysql", feature = "postgres"))))]
mod sqs;
mod support;
mod take;
mod trace;
mod worker;
