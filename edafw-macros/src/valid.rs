//! The rules: turns what is written into what is meant, or says what is wrong with it. No code is made here.

mod arguments;
mod backoff;
mod event;
mod fields;
mod name;
mod number;
mod signature;
mod subscriber;

pub(crate) use arguments::{Argument, EventArgument, EventForm};
pub(crate) use backoff::Backoff;
pub(crate) use event::{Event, ExternalEvent, Origin, domain_event, external_event};
pub(crate) use fields::{members, text as field_name};
pub(crate) use name::service_name;
pub(crate) use subscriber::{Moment, Subscriber, subscriber};
