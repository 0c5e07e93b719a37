//! Reading annotations: what is written, not yet whether it makes sense.

mod choice;
mod entry;
mod event;
mod subscriber;
mod value;

pub(crate) use choice::{AfterDeadLetter, Jitter, Layer, OnFailure, Ordering, Phase};
pub(crate) use event::{DOMAIN_EVENT, EXTERNAL_EVENT, EventOptions, Upcast};
pub(crate) use subscriber::SubscriberOptions;
