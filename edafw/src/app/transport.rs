//! Opening the transport that a URL names.

use std::sync::Arc;

use edafw_core::{Backend, Error, Result, StoreOptions, Transport};

use super::builder::{Settings, prepare_schema};

/// Opens what a transport's URL names: the embedded one in the service's own database, or in one of queues, which
/// may be of another kind than the service's.
pub(super) async fn open_transport<B: Backend>(
    url: &str,
    store: &Arc<B::Store>,
    settings: &Settings,
) -> Result<Arc<dyn Transport>> {
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
         shared by services",
        B::SCHEME
    ))
}
