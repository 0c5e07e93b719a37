//! Another service's database, to be read.

use std::sync::Arc;

use edafw_core::{Backend, DeliveryStore, Error, EventStore, Result, StoreOptions};

use super::builder::prepare_schema;

/// A database of whatever kind.
pub(crate) trait Database: EventStore + DeliveryStore {}

impl<T: EventStore + DeliveryStore> Database for T {}

/// Opens the database that a URL names, and leaves it as it is.
///
/// # Errors
/// A kind of database that this binary was built without, a place that cannot be reached, a schema that is missing or
/// does not fit.
#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres", feature = "mysql")),
    expect(unused_variables, reason = "there is no kind of database to open")
)]
pub(crate) async fn open_elsewhere(url: &str, options: &StoreOptions) -> Result<Arc<dyn Database>> {
    let scheme = url.split_once(':').map_or(url, |(scheme, _)| scheme);
    match scheme {
        #[cfg(feature = "sqlite")]
        "sqlite" => open::<crate::Sqlite>(url, options).await,
        #[cfg(feature = "postgres")]
        "postgres" | "postgresql" => open::<crate::Postgres>(url, options).await,
        #[cfg(feature = "mysql")]
        "mysql" | "mariadb" => open::<crate::MySql>(url, options).await,
        other => Err(Error::configuration(format!(
            "`{other}` is not a kind of database of this binary; it knows {}: build it with the feature of that name of \
             edafw",
            known().join(", ")
        ))),
    }
}

#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres", feature = "mysql")),
    expect(dead_code, reason = "there is no kind of database to open")
)]
async fn open<B: Backend>(url: &str, options: &StoreOptions) -> Result<Arc<dyn Database>> {
    let store = B::connect(url, options.clone()).await?;
    if let Err(error) = prepare_schema(&*store, false).await {
        store.close().await;
        return Err(error);
    }
    Ok(store)
}

fn known() -> Vec<&'static str> {
    let all = [
        ("sqlite:", cfg!(feature = "sqlite")),
        ("postgres:", cfg!(feature = "postgres")),
        ("mysql:", cfg!(feature = "mysql")),
    ];
    all.into_iter().filter_map(|(scheme, is_known)| is_known.then_some(scheme)).collect()
}
