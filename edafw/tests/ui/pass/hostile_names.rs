//! The user's names do not meet those of the generated code.
#![allow(dead_code, non_upper_case_globals, non_camel_case_types)]

use edafw::{Envelope, Failure, Sqlite, State, Tx};

edafw::service!("shop");

mod core {}
mod std {}
struct Option;
struct String;
struct Box;
struct Some;
trait From {}
trait Clone {}
const event: u8 = 0;
const call: u8 = 0;
const tx: u8 = 0;
const arguments: u8 = 0;
const argument_0: u8 = 0;
const data: u8 = 0;
const version: u8 = 0;

#[edafw::domain_event(name = "order.paid", key = (key, r#type), version = 2, upcast(1 = lift))]
struct OrderPaid {
    key: u64,
    r#type: u8,
}

fn lift(old: serde_json::Value) -> ::core::result::Result<serde_json::Value, Failure> {
    Ok(old)
}

#[edafw::external_event(name = "order.paid", version = 1, of = OrderPaid, zero_payload)]
struct OrderPaidV1 {
    key: u64,
    r#type: u8,
}

#[edafw::subscriber(layer = internal)]
async fn shim(_: &Envelope<OrderPaid>, _: &mut Tx<Sqlite>, _: State<u8>) -> ::core::result::Result<(), Failure> {
    Ok(())
}

#[edafw::subscriber(layer = internal, name = "call")]
async fn r#match(_: &OrderPaid) -> ::core::result::Result<(), Failure> {
    Ok(())
}

fn main() {}
