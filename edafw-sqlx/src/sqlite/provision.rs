//! Queues and bindings of the embedded transport.

use edafw_core::{BoxFuture, Drift, Ordering, Provision, Result, Topology};
use sqlx::SqliteConnection;

use super::error::database;
use super::store::SqliteStore;
use crate::boxed::boxed;
use crate::subscriptions::{Existing, binding, compare, event_of, is_ordered};

impl Provision for SqliteStore {
    fn plan<'a>(&'a self, topology: &'a Topology) -> BoxFuture<'a, Result<Vec<Drift>>> {
        boxed(async move {
            let mut reader =
                self.readers.acquire().await.map_err(database("read the registered subscriptions"))?;
            plan(&mut reader, topology).await.map_err(database("read the registered subscriptions"))
        })
    }

    fn apply<'a>(&'a self, topology: &'a Topology) -> BoxFuture<'a, Result<Vec<Drift>>> {
        boxed(async move {
            let doing = || database("register the subscriptions");
            let mut turn = self.writer.turn().await?;
            turn.begin().await?;
            let drift = plan(&mut turn.connection, topology).await.map_err(doing())?;
            for change in &drift {
                mend(&mut turn.connection, change, topology, self.now()).await.map_err(doing())?;
            }
            turn.commit().await?;
            turn.end();
            Ok(drift)
        })
    }
}

async fn existing(connection: &mut SqliteConnection, service: &str) -> sqlx::Result<Vec<Existing>> {
    let queues: Vec<(String, bool)> =
        sqlx::query_as(include_str!("sql/queues.sql")).bind(service).fetch_all(&mut *connection).await?;
    let mut found = Vec::with_capacity(queues.len());
    for (name, ordered) in queues {
        let bindings: Vec<(String, String)> =
            sqlx::query_as(include_str!("sql/bindings.sql")).bind(&name).fetch_all(&mut *connection).await?;
        let bindings = bindings.into_iter().map(|(topic, event)| binding(topic, event)).collect();
        found.push(Existing { name, ordered, bindings });
    }
    Ok(found)
}

async fn plan(connection: &mut SqliteConnection, topology: &Topology) -> sqlx::Result<Vec<Drift>> {
    let mut drift = compare(topology, &existing(connection, &topology.service).await?);
    for one in &mut drift {
        if let Drift::UndeclaredQueue { queue, messages } = one {
            let depth: i64 = sqlx::query_scalar(include_str!("sql/depth.sql"))
                .bind(&*queue)
                .fetch_one(&mut *connection)
                .await?;
            *messages = depth as u64;
        }
    }
    Ok(drift)
}

/// Makes one difference go away, except that nothing is removed but bindings: a queue that nobody declares
/// stays with its messages.
async fn mend(
    connection: &mut SqliteConnection,
    change: &Drift,
    topology: &Topology,
    now: i64,
) -> sqlx::Result<()> {
    match change {
        Drift::MissingQueue { queue } => {
            sqlx::query(include_str!("sql/add_queue.sql"))
                .bind(queue)
                .bind(&topology.service)
                .bind(is_ordered(topology, queue))
                .bind(now)
                .execute(connection)
                .await?;
        }
        Drift::RenamedQueue { from, to } => {
            sqlx::query(include_str!("sql/rename_queue.sql")).bind(from).bind(to).execute(connection).await?;
        }
        Drift::MissingBinding { queue, binding } => {
            sqlx::query(include_str!("sql/add_binding.sql"))
                .bind(&binding.topic)
                .bind(event_of(binding))
                .bind(queue)
                .execute(connection)
                .await?;
        }
        Drift::ExtraBinding { queue, binding } => {
            sqlx::query(include_str!("sql/remove_binding.sql"))
                .bind(&binding.topic)
                .bind(event_of(binding))
                .bind(queue)
                .execute(connection)
                .await?;
        }
        Drift::OrderingDiffers { queue, declared } => {
            let sql = match declared {
                Ordering::Key => include_str!("sql/order_queue.sql"),
                Ordering::None => include_str!("sql/unorder_queue.sql"),
            };
            sqlx::query(sql).bind(queue).bind(now).execute(connection).await?;
        }
        Drift::SettingDiffers { .. } | Drift::UndeclaredQueue { .. } => {}
    }
    Ok(())
}
