//! Opening the transport that a URL names.

use std::sync::Arc;

#[cfg(feature = "sqs")]
use edafw_core::Channel;
use edafw_core::{Backend, Error, Result, StoreOptions, Transport};

use super::builder::{Settings, prepare_schema};
use super::{App, Registry};

impl<B: Backend> App<B> {
    /// Opens another transport than the configured ones.
    pub(crate) async fn open_transport(&self, url: &str) -> Result<Arc<dyn Transport>> {
        open_transport::<B>(url, self.store(), self.settings(), self.registry()).await
    }
}

/// Opens what a transport's URL names: the embedded one in the service's own database, or in one of queues, which
/// may be of another kind than the service's; or SNS and SQS.
pub(super) async fn open_transport<B: Backend>(
    url: &str,
    store: &Arc<B::Store>,
    settings: &Settings,
    registry: &Registry,
) -> Result<Arc<dyn Transport>> {
    if url.starts_with("sqs:") {
        return sqs(url, registry).await;
    }
    let database = match url.split_once(':') {
        Some(("embedded", "")) => return Ok(B::embedded_transport(store)),
        Some(("embedded", database)) => database,
        scheme => return Err(unknown::<B>(scheme.map_or(url, |(scheme, _)| scheme))),
    };
    let scheme = database.split_once(':').map_or(database, |(scheme, _)| scheme);
    match scheme {
        own if own == B::SCHEME => in_database::<B>(database, settings).await,
        #[cfg(feature = "sqlite")]
        "sqlite" => in_database::<crate::Sqlite>(database, settings).await,
        #[cfg(feature = "postgres")]
        "postgres" | "postgresql" => in_database::<crate::Postgres>(database, settings).await,
        #[cfg(feature = "mysql")]
        "mysql" | "mariadb" => in_database::<crate::MySql>(database, settings).await,
        other => Err(unknown::<B>(&format!("embedded:{other}"))),
    }
}

#[cfg(feature = "sqs")]
async fn sqs(url: &str, registry: &Registry) -> Result<Arc<dyn Transport>> {
    let config = edafw_sqs::SqsConfig::parse(url)?;
    Ok(Arc::new(edafw_sqs::SqsTransport::connect(config, &registry.topology(&Channel::ALL)).await))
}

#[cfg(not(feature = "sqs"))]
#[expect(clippy::unused_async, reason = "with the feature it waits")]
async fn sqs(_: &str, _: &Registry) -> Result<Arc<dyn Transport>> {
    Err(Error::configuration(
        "`sqs` is not a transport of this binary: build it with the feature `sqs` of edafw",
    ))
}

/// A database of queues, shared by services.
async fn in_database<B: Backend>(url: &str, settings: &Settings) -> Result<Arc<dyn Transport>> {
    let options = StoreOptions { durable_bookkeeping: true, ..settings.store.clone() };
    let shared = B::connect(url, options).await?;
    prepare_schema(&*shared, settings.migrate).await?;
    Ok(B::embedded_transport(&shared))
}

fn unknown<B: Backend>(scheme: &str) -> Error {
    Error::configuration(format!(
        "`{scheme}` is not a transport of this binary; there is `embedded:`, and `embedded:{}:..` for a queue database \
         shared by services{}",
        B::SCHEME,
        if cfg!(feature = "sqs") { "; and `sqs://REGION`, SNS with SQS" } else { "" }
    ))
}
