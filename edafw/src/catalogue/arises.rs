//! Where an event arises, as far as the linked code tells.

use std::fmt::{Display, Formatter};

use edafw_core::{Channel, EventType};
use serde::Serialize;

use super::event::same;
use super::place::Places;
use crate::app::{Registry, external_publisher_name};

/// One way in which an event comes about.
#[derive(Debug, Serialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub(crate) enum Arises {
    /// The service's code publishes it, in a transaction.
    Published {
        /// The service.
        service: String,
    },
    /// The framework makes it of a domain event.
    Contract {
        /// The domain event.
        event: &'static str,
        /// Its version.
        version: u32,
        /// The built-in subscriber that does it.
        subscriber: String,
    },
    /// A subscriber has given an event up: `on_failure = publish(..)`.
    Failure {
        /// The subscriber.
        subscriber: &'static str,
        /// What it could not handle.
        event: &'static str,
        /// The version.
        version: u32,
        /// Where the subscriber is declared.
        location: String,
    },
    /// Another service publishes it.
    Taken {
        /// The service.
        service: &'static str,
    },
}

impl Arises {
    /// All that is known of an event.
    pub(crate) fn of(registry: &Registry, event: &EventType, places: Places) -> Vec<Self> {
        let given = registry.externals.iter().filter(|one| same(&one.contract.event_type, event));
        let mut known: Vec<Self> = given
            .map(|one| Self::Contract {
                event: one.of.event_type.name,
                version: one.of.event_type.version,
                subscriber: external_publisher_name(&one.contract.event_type),
            })
            .collect();
        known.extend(registry.subscribers.iter().filter_map(|one| {
            let failure = one.options.publish_failure.filter(|failure| same(&failure.event, event))?;
            debug_assert_eq!(failure.event.channel, Channel::Internal);
            Some(Self::Failure {
                subscriber: one.name,
                event: one.event.event_type.name,
                version: one.event.event_type.version,
                location: places.of(one.location),
            })
        }));
        if known.is_empty() {
            known.push(match event.channel {
                Channel::Internal => Self::Published { service: registry.service.clone() },
                Channel::External => Self::Taken { service: event.source },
            });
        }
        known
    }
}

/// As the end of a sentence: "It arises ..".
impl Display for Arises {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Published { service } => write!(f, "where the code of `{service}` publishes it"),
            Self::Contract { event, version, subscriber } => {
                write!(f, "of {event} version {version}, by `{subscriber}`")
            }
            Self::Failure { subscriber, event, version, location } => {
                write!(f, "when `{subscriber}` gives {event} version {version} up, {location}")
            }
            Self::Taken { service } => write!(f, "at the service `{service}`"),
        }
    }
}
