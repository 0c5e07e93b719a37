//! The transports that a service's workers have used before.
//!
//! Whether a broker still holds deliveries, only that broker knows, and the service may not reach it any more. So the
//! database remembers where the queues were, and a worker that is to use others starts only when it is told what
//! became of them.

use edafw_core::{Backend, Channel, DeliveryStore, Error, Result, Transport};

use crate::App;

/// The queues of the service's own database; whether they are empty can be looked up.
const OWN: &str = "embedded";

/// Another place than the one that is configured now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormerTransport {
    /// What it is called, and where it is, as [`remembered`] has it.
    pub(crate) place: String,
    /// What it carried.
    pub(crate) channels: Vec<Channel>,
}

impl FormerTransport {
    /// Its channels, for people.
    pub(crate) fn channels(&self) -> String {
        self.channels.iter().map(|channel| channel.as_str()).collect::<Vec<_>>().join(" and ")
    }

    /// Whether it is this one.
    pub(super) fn is(&self, transport: &dyn Transport) -> bool {
        self.place == remembered(transport)
    }
}

impl<B: Backend> App<B> {
    /// The places that workers of this service have used and that are not configured any more; embedded queues
    /// of its own database are another matter, see [`left_behind`](Self::left_behind).
    pub(crate) async fn former_transports(&self) -> Result<Vec<FormerTransport>> {
        let mut former: Vec<FormerTransport> = Vec::new();
        for (channel, place) in self.store().transports(self.service()).await? {
            if place == OWN || place == self.place_of(channel) {
                continue;
            }
            match former.iter_mut().find(|one| one.place == place) {
                Some(known) => known.channels.push(channel),
                None => former.push(FormerTransport { place, channels: vec![channel] }),
            }
        }
        for one in &mut former {
            one.channels.sort_unstable();
        }
        Ok(former)
    }

    /// # Errors
    /// Workers of this service have used another transport, and nobody has said that nothing is left there.
    pub(crate) async fn refuse_former_transports(&self) -> Result<()> {
        let former = self.former_transports().await?;
        if former.is_empty() {
            return Ok(());
        }
        let places = former.iter().map(|one| format!("\n  - {} ({} events)", one.place, one.channels()));
        Err(Error::configuration(format!(
            "the transport changed: workers of `{}` have used another one, and deliveries may wait there:{}\n\
             handle them first: stop the workers of the old configuration, then start with `run --drain URL`, the URL being \
             the old transport's; or with `run --abandon-former` if it is the same place under another name, or nothing is \
             left there",
            self.service(),
            places.collect::<String>()
        )))
    }

    /// Remembers the configured transports as those that are used from now on.
    ///
    /// # Errors
    /// The database could not be reached.
    pub(crate) async fn remember_transports(&self) -> Result<()> {
        let known = self.store().transports(self.service()).await?;
        for channel in Channel::ALL {
            let place = self.place_of(channel);
            if !known.contains(&(channel, place.clone())) {
                self.store().record_transport(self.service(), channel, &place).await?;
            }
        }
        Ok(())
    }

    fn place_of(&self, channel: Channel) -> String {
        let (transport, own) = (self.transport(channel), B::embedded_transport(self.store()));
        if transport.identity() == own.identity() { OWN.to_owned() } else { remembered(&**transport) }
    }
}

/// What a transport is called, and where it is; without credentials. Of queues in a database on a server the server's
/// address is left out: servers move and have several names, and what they hold moves with them.
fn remembered(transport: &dyn Transport) -> String {
    format!("{} at {}", transport.name(), without_address(transport.identity()))
}

fn without_address(identity: &str) -> String {
    match identity.split_once(':') {
        Some((kind @ ("mysql" | "postgres"), rest)) => {
            let port = rest.rsplit_once(':').map_or(rest, |(_, port)| port);
            let database = port.split_once('/').map_or(rest, |(_, database)| database);
            format!("{kind}:{database}")
        }
        _ => identity.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_address;

    #[test]
    fn a_database_is_the_same_wherever_its_server_is() {
        for (identity, remembered) in [
            ("postgres:db.example:5432/queues", "postgres:queues"),
            ("postgres:/run/postgresql:5432/queues", "postgres:queues"),
            ("mysql:127.0.0.1:3306/queues", "mysql:queues"),
            ("sqlite:/var/lib/queues.db", "sqlite:/var/lib/queues.db"),
            ("eu-west-1/?topics=fifo&endpoint=", "eu-west-1/?topics=fifo&endpoint="),
        ] {
            assert_eq!(without_address(identity), remembered);
        }
    }
}
