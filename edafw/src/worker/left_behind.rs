//! Deliveries in the embedded queues of a service that has moved to another transport.
//!
//! They would never be received. The worker refuses to start until these queues are empty, or drains them first.

use edafw_core::{Backend, Channel, Drift, Error, Result, Topology, Transport};

use crate::App;

/// A queue of this service, in its own database, that the configured transports do not use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeftBehind {
    pub(crate) queue: String,
    pub(crate) messages: u64,
}

impl<B: Backend> App<B> {
    /// The embedded queues of this database that hold messages which no configured transport will receive.
    pub(crate) async fn left_behind(&self) -> Result<Vec<LeftBehind>> {
        let embedded = B::embedded_transport(self.store());
        let Some(provision) = embedded.provision() else { return Ok(Vec::new()) };
        let carried = self.transports().into_iter().find(|(one, _)| one.identity() == embedded.identity());
        let served: Vec<String> = match carried {
            Some((_, channels)) if channels.len() == Channel::ALL.len() => return Ok(Vec::new()),
            Some((_, channels)) => names(&self.registry().topology(&channels)),
            None => Vec::new(),
        };
        let wanted = names(&self.registry().topology(&Channel::ALL));
        // Compared with a topology of nothing, every queue of the service is one that nobody declares.
        let nothing = Topology { service: self.service().to_owned(), ..Topology::default() };
        let existing = provision.plan(&nothing).await?;
        Ok(existing
            .into_iter()
            .filter_map(|drift| match drift {
                Drift::UndeclaredQueue { queue, messages } => Some(LeftBehind { queue, messages }),
                _ => None,
            })
            .filter(|one| one.messages > 0 && wanted.contains(&one.queue) && !served.contains(&one.queue))
            .collect())
    }

    /// # Errors
    /// Messages wait in embedded queues that no configured transport will receive.
    pub(crate) async fn refuse_left_behind(&self) -> Result<()> {
        let left = self.left_behind().await?;
        if left.is_empty() {
            return Ok(());
        }
        let messages: u64 = left.iter().map(|one| one.messages).sum();
        let queues = left.iter().map(|one| format!("\n  - {}: {}", one.queue, one.messages));
        Err(Error::configuration(format!(
            "the transport changed: {messages} deliveries still wait in embedded queues of the database, and the \
             configured transport ({}) will never receive them:{}\n\
             drain them first: stop the workers of the old configuration, then start with `run --drain embedded:`; or run \
             once with EDAFW_TRANSPORT_URL=\"embedded:\" and `--until-idle`",
            self.transports().iter().map(|(one, _)| place(&***one)).collect::<Vec<_>>().join(", "),
            queues.collect::<String>()
        )))
    }
}

/// What a transport is called, and where it is; without credentials.
pub(crate) fn place(transport: &dyn Transport) -> String {
    format!("{} at {}", transport.name(), transport.identity())
}

fn names(topology: &Topology) -> Vec<String> {
    topology.queues.iter().map(|queue| queue.name.clone()).collect()
}
