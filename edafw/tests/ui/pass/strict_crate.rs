//! Generated code passes the lints that a careful crate denies.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, rust_2018_idioms)]
#![deny(non_snake_case, non_upper_case_globals, unused_results)]

use edafw::{App, AppBuilder, Completion, Envelope, Failure, Sqlite, State, Tx, domain_event, external_event, subscriber};

edafw::service!("shop");

#[domain_event(name = "order.paid", key = order_no, version = 2)]
struct OrderPaid {
    order_no: u64,
}

#[external_event(name = "order.paid", version = 1, of = OrderPaid, zero_payload)]
struct OrderPaidV1 {
    order_no: u64,
}

#[external_event(name = "ticket.sold", version = 1, source = "ticketing")]
struct TicketSold;

#[subscriber(layer = application)]
async fn check(event: &OrderPaid, tx: &mut Tx<Sqlite>, limit: State<u64>) -> Result<(), Failure> {
    let _ = tx;
    if event.order_no > *limit { Err(Failure::permanent("too large")) } else { Ok(()) }
}

#[subscriber(layer = application, phase = after_completion)]
async fn told(event: &Envelope<OrderPaid>, completion: Completion) -> Result<(), Failure> {
    println!("{} {completion:?}", event.id);
    Ok(())
}

#[subscriber(layer = external)]
async fn admit(_: &TicketSold) -> Result<(), Failure> {
    Ok(())
}

fn app() -> AppBuilder<Sqlite> {
    App::builder("shop")
}

/// A program may hold several workers, and choose one.
mod worker {
    edafw::worker!(crate::app);
}

fn main() {
    let _: fn() -> std::process::ExitCode = worker::main;
}
