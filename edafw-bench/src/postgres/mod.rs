//! What is measured on PostgreSQL: the application, a twin with plain sqlx, and another queue in the same database.

mod database;
#[cfg(feature = "peers")]
mod graphile;
mod spent;
mod twin;
mod workload;

pub use database::Database;
#[cfg(feature = "peers")]
pub use graphile::Graphile;
pub use spent::Spent;
pub use twin::Twin;
pub use workload::{Handler, Service, listen};
