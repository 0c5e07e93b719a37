//! The catalogue of a service: where every event arises and where it goes, from the linked code alone.

mod arises;
mod asyncapi;
mod committed;
#[cfg(feature = "contracts")]
mod data;
mod event;
mod format;
mod markdown;
mod mermaid;
#[cfg(not(feature = "contracts"))]
mod no_data;
mod options;
mod place;

use edafw_core::{Channel, Topology};
#[cfg(not(feature = "contracts"))]
use no_data as data;
use serde::Serialize;

pub(crate) use event::{Event, InWorker, Kind, Known, known};
pub use format::CatalogueFormat;
pub(crate) use options::{Options, duration};
pub(crate) use place::Places;

use crate::app::Registry;

/// Where every event of a service arises and where it goes: events, subscribers, layers, phases, queues and channels,
/// as the annotations of the linked code say. [`AppBuilder::catalogue`](crate::AppBuilder::catalogue) makes it, and
/// needs no database.
///
/// A committed catalogue that a test [`check`](Self::check)s tells of what the compiler cannot see: a subscriber that
/// was renamed and would start a queue of its own, or one that the linker has left out.
///
/// ```
/// use edafw::{App, CatalogueFormat, Failure, Sqlite, domain_event, subscriber};
///
/// edafw::service!("member");
///
/// #[domain_event(name = "member.left", key = member_no)]
/// struct MemberLeft {
///     member_no: i64,
/// }
///
/// #[subscriber(layer = internal)]
/// async fn say_goodbye(_: &MemberLeft) -> Result<(), Failure> {
///     Ok(())
/// }
///
/// # fn main() {
/// let catalogue = App::<Sqlite>::builder("member").catalogue();
/// assert!(catalogue.print(CatalogueFormat::Markdown).contains("say_goodbye"));
/// # }
/// ```
#[derive(Debug, Serialize)]
pub struct Catalogue {
    service: String,
    /// The service's own version, for documents that have to tell one.
    #[serde(skip)]
    version: String,
    events: Vec<Event>,
    topology: Topology,
}

impl Catalogue {
    pub(crate) fn of(registry: &Registry) -> Self {
        Self {
            service: registry.service.clone(),
            version: "0.0.0".to_owned(),
            events: known(registry).iter().map(|one| Event::of(registry, one, Places::Files)).collect(),
            topology: registry.topology(&Channel::ALL),
        }
    }

    /// Says which version the service has, for `AsyncAPI`'s `info.version`; `0.0.0` otherwise, so that a release alone
    /// changes no committed file.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// The catalogue as a text, the same for the same code.
    pub fn print(&self, format: CatalogueFormat) -> String {
        match format {
            CatalogueFormat::Markdown => markdown::print(self),
            CatalogueFormat::AsyncApi => format!("{:#}\n", asyncapi::document(self)),
            CatalogueFormat::Json => format!("{:#}\n", self.to_json()),
        }
    }

    /// The catalogue as data.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("a catalogue is text, numbers and lists")
    }
}
