//! Queues and bindings of the embedded transport.

use std::collections::BTreeSet;

use edafw_core::{Binding, BoxFuture, Drift, Ordering, Provision, Queue, Result, Topology};
use sqlx::SqliteConnection;

use super::error::database;
use super::store::{SqliteStore, boxed};

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

/// What exists under a name.
struct Existing {
    name: String,
    ordered: bool,
    bindings: BTreeSet<Binding>,
}

async fn existing(connection: &mut SqliteConnection, service: &str) -> sqlx::Result<Vec<Existing>> {
    let queues: Vec<(String, bool)> =
        sqlx::query_as(include_str!("sql/queues.sql")).bind(service).fetch_all(&mut *connection).await?;
    let mut found = Vec::with_capacity(queues.len());
    for (name, ordered) in queues {
        let bindings: Vec<(String, String)> =
            sqlx::query_as(include_str!("sql/bindings.sql")).bind(&name).fetch_all(&mut *connection).await?;
        let bindings = bindings
            .into_iter()
            .map(|(topic, event)| Binding { topic, event: (event != "*").then_some(event) })
            .collect();
        found.push(Existing { name, ordered, bindings });
    }
    Ok(found)
}

async fn plan(connection: &mut SqliteConnection, topology: &Topology) -> sqlx::Result<Vec<Drift>> {
    let existing = existing(connection, &topology.service).await?;
    let mut drift = Vec::new();
    let mut claimed = BTreeSet::new();
    for declared in &topology.queues {
        let found = existing
            .iter()
            .find(|queue| queue.name == declared.name)
            .or_else(|| existing.iter().find(|queue| declared.formerly.contains(&queue.name)));
        claimed.extend(found.map(|queue| queue.name.clone()));
        compare(declared, found, &mut drift);
    }
    for queue in existing.iter().filter(|queue| !claimed.contains(&queue.name)) {
        let messages: i64 = sqlx::query_scalar(include_str!("sql/depth.sql"))
            .bind(&queue.name)
            .fetch_one(&mut *connection)
            .await?;
        drift.push(Drift::UndeclaredQueue { queue: queue.name.clone(), messages: messages as u64 });
    }
    Ok(drift)
}

fn compare(declared: &Queue, found: Option<&Existing>, drift: &mut Vec<Drift>) {
    let queue = || declared.name.clone();
    let none = BTreeSet::new();
    let present = match found {
        None => {
            drift.push(Drift::MissingQueue { queue: queue() });
            &none
        }
        Some(found) => {
            if found.name != declared.name {
                drift.push(Drift::RenamedQueue { from: found.name.clone(), to: queue() });
            }
            if found.ordered != (declared.ordering == Ordering::Key) {
                drift.push(Drift::OrderingDiffers { queue: queue(), declared: declared.ordering });
            }
            &found.bindings
        }
    };
    let bindings: BTreeSet<&Binding> = declared.bindings.iter().collect();
    for binding in bindings.into_iter().filter(|binding| !present.contains(binding)) {
        drift.push(Drift::MissingBinding { queue: queue(), binding: binding.clone() });
    }
    for binding in present.iter().filter(|binding| !declared.bindings.contains(binding)) {
        drift.push(Drift::ExtraBinding { queue: queue(), binding: binding.clone() });
    }
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
            let ordered = topology
                .queues
                .iter()
                .find(|declared| declared.name == *queue)
                .is_none_or(|declared| declared.ordering == Ordering::Key);
            sqlx::query(include_str!("sql/add_queue.sql"))
                .bind(queue)
                .bind(&topology.service)
                .bind(ordered)
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
                .bind(binding.event.as_deref().unwrap_or("*"))
                .bind(queue)
                .execute(connection)
                .await?;
        }
        Drift::ExtraBinding { queue, binding } => {
            sqlx::query(include_str!("sql/remove_binding.sql"))
                .bind(&binding.topic)
                .bind(binding.event.as_deref().unwrap_or("*"))
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
        Drift::UndeclaredQueue { .. } => {}
    }
    Ok(())
}
