//! An emulator for each test, and places on it.

#![allow(dead_code, unreachable_pub, reason = "every test binary uses a part of it")]

pub mod emulator;
pub mod place;
pub mod proxy;
