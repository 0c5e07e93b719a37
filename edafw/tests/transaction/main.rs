//! The transaction: phases, savepoints, and every way in which it can end.

mod endings;
mod phases;
mod publishing;
mod savepoints;
mod shop;

edafw::service!("shop");
