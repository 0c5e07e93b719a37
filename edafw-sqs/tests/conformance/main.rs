//! Every behaviour of a transport, on SNS and SQS.

#[cfg(feature = "test-account")]
mod account;
mod fixtures;
#[path = "../support/mod.rs"]
mod support;

mod fifo {
    use super::fixtures::Fifo;

    edafw_testkit::transport_suite!(Fifo);
}

mod standard {
    use super::fixtures::Standard;

    edafw_testkit::unordered_transport_suite!(Standard);
}
