//! What a worker does before it starts: make its queues exist where it may, and say what is wrong elsewhere.

use edafw_core::{Backend, Channel, DeliveryStore, Drift, Result, kill};

use crate::App;

impl<B: Backend> App<B> {
    /// Registers the subscriptions of this service with its embedded transports, and lets renamed subscribers
    /// take over what their former names had. Idempotent. A worker does this when it starts.
    ///
    /// On other transports nothing is created; what is missing there is logged.
    ///
    /// # Errors
    /// The database or a transport could not be reached.
    pub async fn register(&self) -> Result<()> {
        for provisioned in self.provision(false).await? {
            for drift in &provisioned.drift {
                match drift {
                    Drift::UndeclaredQueue { queue, messages } => tracing::warn!(
                        queue,
                        messages,
                        "a queue has no subscriber any more; it is kept until it is pruned"
                    ),
                    _ if provisioned.applied => {
                        tracing::info!(change = ?drift, "brought a subscription up to date");
                    }
                    _ => tracing::error!(?drift, "the transport is not as declared; run `provision plan`"),
                }
            }
        }
        self.backfill().await
    }

    /// Makes queues and bindings as declared: on the embedded transports, and on the others too if it is to
    /// be done `everywhere`; elsewhere it only looks. Answers what differed.
    ///
    /// Without `everywhere`, a binding that is not declared stays: most likely it is a newer binary's, which runs
    /// beside this one.
    pub(crate) async fn provision(&self, everywhere: bool) -> Result<Vec<Provisioned>> {
        for one in self.registry().workers() {
            for former in &one.formerly {
                self.store().rename_subscriber(former, &one.name).await?;
            }
        }
        let mut all = Vec::new();
        for (transport, channels) in self.transports() {
            let Some(provision) = transport.provision() else { continue };
            let mut topology = self.registry().topology(&channels);
            let applied = everywhere || transport.name() == "embedded";
            let mut drift = provision.plan(&topology).await?;
            if applied {
                for change in &drift {
                    match change {
                        Drift::MissingQueue { queue } => self.intend_to_backfill(queue).await?,
                        Drift::ExtraBinding { queue, binding } if !everywhere => {
                            tracing::warn!(queue, ?binding, "a queue gets events that nobody here handles");
                            let declared = topology.queues.iter_mut().find(|one| one.name == *queue);
                            if let Some(one) = declared {
                                one.bindings.push(binding.clone());
                            }
                        }
                        _ => {}
                    }
                }
                drift = provision.apply(&topology).await?;
                kill::point("registration.applied");
            }
            all.push(Provisioned { transport: transport.name(), channels, drift, applied });
        }
        Ok(all)
    }

    /// What [`provision`](Self::provision) would change.
    pub(crate) async fn drift(&self) -> Result<Vec<Provisioned>> {
        let mut all = Vec::new();
        for (transport, channels) in self.transports() {
            let Some(provision) = transport.provision() else { continue };
            let drift = provision.plan(&self.registry().topology(&channels)).await?;
            all.push(Provisioned { transport: transport.name(), channels, drift, applied: false });
        }
        Ok(all)
    }
}

/// What one transport needed.
pub(crate) struct Provisioned {
    pub(crate) transport: &'static str,
    pub(crate) channels: Vec<Channel>,
    pub(crate) drift: Vec<Drift>,
    /// Whether it was made as declared; otherwise it is as it was.
    pub(crate) applied: bool,
}
