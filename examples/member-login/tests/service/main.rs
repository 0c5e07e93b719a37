//! The member service: its handlers, its HTTP interface, and the whole of it while processes are killed.

mod catalogue;
mod http;
mod log_in;
mod whole;
